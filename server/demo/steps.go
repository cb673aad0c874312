package demo

import (
	"fmt"
	"time"

	"roadbook/server/auth"
	"roadbook/server/command"
)

// printFirstSteps explains how a real client joins, with commands to copy.
func printFirstSteps(p *command.Program, r *command.Ready) error {
	seatOf := func(role string) command.EnrollmentCode {
		for _, s := range r.Enroll {
			if s.Role == role {
				return s
			}
		}
		return command.EnrollmentCode{}
	}
	clerk, officer := seatOf(auth.RoleClerk), seatOf(auth.RoleOfficer)
	now := time.Now()
	plate := now.Unix() % 100_000 // a demo started again counts another plate
	_, err := fmt.Fprintf(p.Out, `
全部数据均为虚构 · everything here is invented

用浏览器打开全年演示数据，用上面的账号和口令登录 · open the invented year in a browser, and sign in with the password above
  %[1]s/overview?year=2020

另开一个终端，办理一台窗口设备入网，登记发放一副号牌：%[6]d 年的 P5-1 随即加一，见下面的地址
In another terminal, enroll a counter's device and issue a plate: P5-1 of %[6]d rises at once, seen at
  %[1]s/overview?year=%[6]d
  go run ./client --data data/clerk enroll --server %[1]s --code %[2]s
  go run ./client --data data/clerk log plate --set plate_type=02 --set plate_number=冀F%05[7]d --set business=注册
  go run ./client --data data/clerk sync

办理一台执勤设备入网，登记一起突发事件：P1-2 平均响应时间随即变动
Enroll an officer's device and record an incident: P1-2, the mean time to dispatch, changes
  go run ./client --data data/officer enroll --server %[1]s --code %[3]s
  go run ./client --data data/officer log incident --set category=事故 --set reported_at=%[4]s --set dispatched_at=%[8]s
  go run ./client --data data/officer sync

删除演示数据（先停止本服务器） · remove the demo data (stop this server first)
  go run ./server demo remove%[5]s
`, r.URL, clerk.Code, officer.Code, inChina(now.Add(-10*time.Minute)), dataFlags(p), thisYear(), plate, inChina(now))
	return err
}

// dataFlags repeats the flags of the data directory or database, without a password.
func dataFlags(p *command.Program) string {
	switch {
	case p.MongoFile != "":
		return " --mongo '@" + p.MongoFile + "'"
	case p.Mongo != "":
		return " --mongo '" + command.HideSecrets(p.Mongo) + "'"
	case p.Data != "":
		return " --data '" + p.Data + "'"
	}
	return ""
}
