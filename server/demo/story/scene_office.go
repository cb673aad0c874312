package story

import (
	"fmt"
	"math/rand/v2"
	"time"

	"roadbook/server/demo/truth"
)

// assets: the purchases of the second and the fourth project, and the days of first use.
func (s *story) assets(rng *rand.Rand) {
	for _, project := range []int{2, 4} {
		for i := range 16 {
			bought := truth.DayOf(newYear).Next(8 + i*21 + rng.IntN(9))
			fact := truth.Asset{Project: project, Bought: bought}
			f := fields{
				"asset": fmt.Sprintf("ZC-%d-%03d", project, i+1), "project": projects[project].code, "bought_on": dayText(bought),
			}
			at := bought.Time().Add(16 * time.Hour)
			m := s.create(at, moneyDevice, "asset", f)
			s.noteDelivery(s.unit(moneyDevice), "asset", bought)
			if use := bought.Next(2 + rng.IntN(40)); i != 9 && use <= 20201231 {
				fact.InService = use
				s.amend(use.Time().Add(9*time.Hour), moneyDevice, "asset", m, fields{
					"bought_on": dayText(bought), "in_service_on": dayText(use),
				})
			}
			s.world.Assets = append(s.world.Assets, fact)
		}
	}
}

// spending is the share of each project's money spent by the end of each month, in %. The third project falls behind in
// summer, and the fifth never catches up.
var spending = [...][12]int64{
	1: {8, 17, 29, 38, 49, 61, 70, 80, 86, 91, 96, 100},
	2: {0, 12, 33, 40, 52, 58, 66, 79, 84, 92, 97, 99},
	3: {3, 9, 19, 24, 28, 31, 36, 44, 55, 63, 81, 96},
	4: {7, 16, 25, 34, 43, 51, 59, 67, 73, 78, 88, 100},
	5: {4, 8, 13, 20, 25, 29, 34, 39, 43, 44, 61, 74},
}

// payments: the bookkeeping clerk records each month's vouchers; one payment was refunded, one voucher recorded twice.
func (s *story) payments(rng *rand.Rand) {
	for no := 1; no < len(projects); no++ {
		gone := int64(0)
		for month := range 12 {
			upTo := projects[no].total / 100 * spending[no][month]
			parts := int64(2 + rng.IntN(3))
			for i := range parts {
				fen := (upTo - gone) / (parts - i)
				if i < parts-1 {
					fen -= fen / 10 * int64(rng.IntN(5)) / 2
				}
				gone += fen
				s.payment(rng, no, time.Month(month+1), int(i), fen)
			}
		}
		s.refund(no)
	}
}

func (s *story) payment(rng *rand.Rand, no int, month time.Month, i int, fen int64) {
	if fen == 0 {
		return
	}
	at := date(2020, month, 6+8*i%24+rng.IntN(3)).Add(11 * time.Hour)
	f := fields{
		"project": projects[no].code, "amount_fen": number(fen), "voucher": fmt.Sprintf("记-%d-2020%02d-%02d", no, month, i+1),
	}
	s.create(at, moneyDevice, "expenditure", f)
	if rng.IntN(20) == 0 {
		f["occurred_at"] = clockText(at)
		s.create(at.AddDate(0, 0, 1), moneyDevice, "expenditure", f)
	}
	s.world.Payments = append(s.world.Payments, truth.Payment{Project: no, Day: truth.DayOf(at), Fen: fen})
	s.noteDelivery(s.unit(moneyDevice), "expenditure", truth.DayOf(at))
}

// refund: in August a supplier repays a part.
func (s *story) refund(no int) {
	at := date(2020, time.August, 26).Add(time.Duration(9+no) * time.Hour)
	fen := -int64(100_000 * no)
	s.create(at, moneyDevice, "expenditure", fields{
		"project": projects[no].code, "amount_fen": number(fen), "voucher": fmt.Sprintf("退-%d-202008", no),
	})
	s.world.Payments = append(s.world.Payments, truth.Payment{Project: no, Day: truth.DayOf(at), Fen: fen})
	s.noteDelivery(s.unit(moneyDevice), "expenditure", truth.DayOf(at))
}

// attestations: before each checkpoint HQ states the values that can't be computed. One value is stated again.
func (s *story) attestations(rng *rand.Rand) {
	for i, day := range []truth.Day{20200330, 20200629, 20201030, 20201230} {
		for j, row := range []string{"P2-3", "P4-3"} {
			value := int64(865_000 + 17_500*i + 9_000*j + 250*rng.IntN(20))
			at := day.Time().Add(time.Duration(14+j) * time.Hour)
			first := value
			if i == 1 && j == 0 {
				first -= 40_000
				s.addImport(at.Add(2*time.Hour), s.row("attestation", "", at, attested(row, value)))
			}
			s.addImport(at, s.row("attestation", "", at, attested(row, first)))
			s.world.Attested = append(s.world.Attested, truth.Attested{Row: row, Day: day, Value: value})
		}
	}
}

func attested(row string, value int64) fields {
	return fields{
		"row": row, "value": fmt.Sprintf("%d.%04d", value/10_000, value%10_000), "evidence": "装备使用台账、窗口服务评价与现场核查记录",
	}
}
