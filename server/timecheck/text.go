package timecheck

import (
	"time"

	"roadbook/schema"
	"roadbook/sync/clock"
)

// moment writes Unix ms for a person.
func moment(ms int64) string {
	return time.UnixMilli(ms).In(clock.Shanghai).Format("2006-01-02 15:04")
}

// logChange logs a changed status.
func (w *Watch) logChange(v *Status) {
	if v.Off() {
		w.cfg.Log.Warn(v.Text().ZH + " / " + v.Text().EN)
		return
	}
	w.cfg.Log.Info("服务器时钟恢复正常 / the server's clock is trusted again", "now", moment(v.Now))
}

// Text names the clock's error, its effect and its remedy: "" for a right clock.
func (v *Status) Text() schema.Text {
	if !v.Off() {
		return schema.Text{}
	}
	zh, en := v.reasons()
	return schema.Text{
		ZH: "服务器时钟可能不准：现显示 " + moment(v.Now) + zh +
			"。在此期间开机的设备，自动填写的时间只作“估计”，不影响登记和上报。请先校准服务器的系统时间（应开启自动对时）" + v.remedyZH(),
		EN: "The server's clock may be wrong: it shows " + moment(v.Now) + en +
			". Of devices switched on meanwhile, the times that they fill in count as estimated; recording and sending go on. " +
			"Set this machine's time first, and keep it set by NTP" + v.remedyEN(),
	}
}

// reasons are the broken rules.
func (v *Status) reasons() (zh, en string) {
	if v.Built != 0 {
		zh += "，早于本程序的发布日期 " + moment(v.Built)
		en += ", before this program was built (" + moment(v.Built) + ")"
	}
	if v.Mark != 0 {
		zh += "，而此前已签发过 " + moment(v.Mark) + " 的时间"
		en += ", but times up to " + moment(v.Mark) + " were signed before"
	}
	if v.Median != 0 {
		zh += "，而最近联系的设备大多显示 " + moment(v.Median)
		en += ", but most devices heard last show " + moment(v.Median)
	}
	return zh, en
}

func (v *Status) remedyZH() string {
	if v.Mark == 0 {
		return "；校准后本提示自行消失。"
	}
	return "。若现在的时间确实无误，是以前的时钟快了，请在服务器上运行 server clock accept 确认。"
}

func (v *Status) remedyEN() string {
	if v.Mark == 0 {
		return "; then this goes away by itself."
	}
	return ". If the time is right now and the clock was fast before, say so on the server: server clock accept."
}
