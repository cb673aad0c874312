package schema

import "testing"

// Every code of a fault, with its message for a person.
func TestMessages(t *testing.T) {
	longSite := `{"site":"1234567890123456789012345678901234567890123456789012345678901234567890"}`
	tests := []struct {
		kind, fields, check, code, zh, en string
	}{
		{"plate", `[`, "", FaultJSON, "内容不是有效的 JSON 对象", "the fields are not one valid JSON object"},
		{"plate", `{"colour":1}`, "", FaultUnknown, "没有字段“colour”", "there is no field “colour”"},
		{"plate", `{"sets":1,"sets":1}`, "", FaultDuplicate, "“数量（副）”重复出现", "“Sets” stands more than once"},
		{"plate", `{"sets":true}`, "", FaultType, "“数量（副）”的类型不对，应为整数", "“Sets” has the wrong type, it must be a whole number"},
		{"plate", `{"unit":1}`, "", FaultType, "“单位”的类型不对，应为文本", "“Unit” has the wrong type, it must be a text"},
		{"plate", `{"spoiled":"是"}`, "", FaultType, "“废牌”的类型不对，应为是或否", "“Spoiled” has the wrong type, it must be true or false"},
		{"plate", `{"plate_number":1}`, "", FaultType, "“号牌号码”的类型不对，应为号牌（文本）", "“Plate number” has the wrong type, it must be a plate number (text)"},
		{"accident", `{"vehicles":"冀F8K2M6"}`, "", FaultType, "“涉事车辆”的类型不对，应为文本列表", "“Vehicles” has the wrong type, it must be a list of texts"},
		{"nil", `{"day":20200630}`, "", FaultType, "“报告日期”的类型不对，应为日期（文本）", "“Reported day” has the wrong type, it must be a date (text)"},
		{"hit_and_run", `{"accident":1}`, "", FaultType, "“所涉事故”的类型不对，应为记录编号（文本）", "“Accident” has the wrong type, it must be a record id (text)"},
		{"plate", `{"remark":"\u0007"}`, "", FaultText, "“备注”含有无法识别的字符", "“Remark” has characters that are not text"},
		{"plate", longSite, "", FaultTooLong, "“地点代码”最多 64 个字", "“Site” takes at most 64 characters"},
		{"plate", `{"vehicle_type":"K3"}`, "", FaultPattern, "“车辆类型”格式不正确，例如 K33", "“Vehicle type” is not of the right form, such as K33"},
		{"plate", `{"plate_type":"60"}`, "", FaultCode, "“号牌种类”没有代码“60”", "“Plate type” has no code “60”"},
		{"plate", `{"sets":-1}`, "", FaultRange, "“数量（副）”应在 0 到 10000 之间", "“Sets” must lie between 0 and 10000"},
		{"plate", `{"occurred_at":"昨天"}`, "", FaultTime, "“发生时间”应为带时区的时间，例如 2020-12-15T10:00:00+08:00",
			"“Occurred at” must be a time with its offset, such as 2020-12-15T10:00:00+08:00"},
		{"plate", `{"lon":"东"}`, "", FaultNumber, "“经度”不是数字", "“Longitude” is not a number"},
		{"plate", `{"plate_number":"?"}`, "", FaultPlate, "“号牌号码”不是号牌号码（无号牌填 -）", "“Plate number” is not a plate number (no plate: -)"},
		{"casualty", `{"accident":"1"}`, "", FaultRecord, "“所属事故”不是记录编号", "“Accident” is not the id of a record"},
		{"casualty", `{"unit":"u","occurred_at":"2020-12-15T10:00:00Z"}`, "create", FaultRequired, "“死亡时间”必须填写", "“Died at” must have a value"},
		{"casualty", `{"accident":"0123456789.abcdefgh.1.0123456789abcdef"}`, "amend", FaultMisplaced,
			"“所属事故”应写在行的 record 中", "“Accident” belongs in the line's record"},
		{"accident", `{"severity":"injury","dead":0}`, "amend", FaultRegister, "“处理程序”须与同组字段一起更正",
			"“Procedure” must be amended together with the fields it belongs to"},
		{"accident", `{"lon":115,"lat":38,"crs":null}`, "amend", FaultTogether, "“坐标系”须与同组字段一起填写",
			"“Coordinate system” must be given together with the fields it belongs to"},
		{"accident", `{"severity":"unknown","procedure":null,"dead":null}`, "amend", FaultImportOnly,
			"“事故后果”的这一代码只能由导入使用", "“Severity” has a code that only imports may use"},
		{"incident", `{"reported_at":"2020-12-15T10:00:00Z","dispatched_at":"2020-12-15T09:59:59Z","arrived_at":null,"cleared_at":null}`, "amend", FaultOrder,
			"“调度时间”不能早于“接报时间”", "“Dispatched at” may not lie before “Reported at”"},
		{"accident", `{"severity":"fatal","procedure":"general","dead":0}`, "amend", "fatal_dead",
			"死亡事故现场死亡人数至少为 1，其他事故必须为 0", "a fatal accident has at least one dead at the scene and no other accident has any"},
		{"accident", `{"severity":"fatal","procedure":"simple","dead":1}`, "amend", "fatal_procedure",
			"死亡事故必须适用一般程序", "a fatal accident takes the general procedure"},
		{"plate", `{"plate_type":"02","plate_number":"冀FD12345"}`, "amend", "plate_mismatch",
			"号牌号码与号牌种类不符", "the plate number does not fit the plate type"},
	}
	for _, tt := range tests {
		t.Run(tt.code, func(t *testing.T) {
			k := kindOf(t, tt.kind)
			v, faults := k.Decode([]byte(tt.fields))
			switch tt.check {
			case "create":
				faults = append(faults, k.CheckCreate(v, false)...)
			case "amend":
				faults = append(faults, k.CheckAmend(v, false)...)
			}
			if len(faults) != 1 {
				t.Fatalf("%q, want one fault", faultCodes(faults))
			}
			if f := faults[0]; f.Code != tt.code || f.Message.In("zh") != tt.zh || f.Message.In("en") != tt.en {
				t.Errorf("got %+v", f)
			}
		})
	}
}

func TestMessagesDoNotGrowWithTheInput(t *testing.T) {
	name := make([]byte, 100_000)
	for i := range name {
		name[i] = 'a'
	}
	_, faults := kindOf(t, "plate").Decode([]byte(`{"` + string(name) + `":1,"plate_type":"` + string(name) + `"}`))
	wantFaults(t, faults, "unknown_field "+string(name[:60])+"…", "bad_code plate_type")
	if n := len(faults.Error()); n > 1000 {
		t.Errorf("the faults are %d bytes long", n)
	}
}
