// The pages' own words, in both languages; schema/screen/words.json has the words shared with HQ's pages.

/** @typedef {import("./maker.js").Text} Text */

/** @type {Record<string, Text>} */
export const words = {
  brand: { zh: "路勤簿", en: "Roadbook" },
  loading: { zh: "正在打开…", en: "Opening …" },
  plates: { zh: "号牌", en: "Plates" },
  records: { zh: "记录", en: "Records" },
  forms: { zh: "其他登记", en: "Other forms" },
  pages: { zh: "页面", en: "Pages" },
  lock: { zh: "交班", en: "End the shift" },
  language: { zh: "English", en: "中文" },
  theme: { zh: "夜间", en: "Night" },
  theme_sun: { zh: "日间", en: "Day" },
  no_token: { zh: "请打开数据目录里的 open.html", en: "Open open.html in the data directory" },
  no_token_more: { zh: "本窗口没有通行口令：窗口是直接输入地址打开的，或本机程序已重新启动。", en: "This window has no token: the address was typed, or the program has started again." },
  word_title: { zh: "先选一个口令词", en: "First choose a word" },
  word_help: { zh: "任意一个词，例如“白杨”。以后每次输入 PIN 之前先看它：显示的不是这个词，就不是本机的路勤簿。", en: "Any word. It stands above the PIN from now on: if another word is shown, the page is not this machine's roadbook." },
  word_label: { zh: "口令词", en: "Word" },
  next: { zh: "下一步", en: "Next" },
  enrol_title: { zh: "登记本机", en: "Enroll this machine" },
  enrol_help: { zh: "粘贴机关给的登记内容，如 https://10.1.2.3:8080#ABCDE-FGHJK；也可用扫码枪扫。", en: "Paste the text that HQ gave, as https://10.1.2.3:8080#ABCDE-FGHJK, or scan its code." },
  enrol_label: { zh: "登记内容", en: "Enrollment text" },
  enrol_check: { zh: "核对后登记", en: "Compare, then enroll" },
  enrol_server: { zh: "服务器", en: "Server" },
  enrol_code: { zh: "登记码", en: "Code" },
  enrol_print: { zh: "服务器指纹", en: "Server's fingerprint" },
  enrol_no_print: { zh: "登记内容里没有指纹：登记后请与机关核对", en: "the text has no fingerprint: compare it with HQ afterwards" },
  enrol_insecure: { zh: "此地址未加密，只应在内部网络使用", en: "this address is not encrypted: for an internal network only" },
  enrol_do: { zh: "登记", en: "Enroll" },
  back: { zh: "返回", en: "Back" },
  pin_title: { zh: "谁在用这台机器", en: "Who uses this machine" },
  pin_help: { zh: "每人一个 PIN，上班时输一次。", en: "One PIN a person, typed once a shift." },
  name: { zh: "姓名", en: "Name" },
  pin: { zh: "PIN（4 到 64 个字符）", en: "PIN (4 to 64 characters)" },
  pin_save: { zh: "设好，开始上班", en: "Set it and begin" },
  pin_skip: { zh: "不设 PIN", en: "No PIN" },
  unlock_title: { zh: "上班", en: "Begin the shift" },
  unlock_word: { zh: "口令词", en: "Word" },
  unlock_who: { zh: "姓名", en: "Name" },
  unlock_do: { zh: "开始", en: "Begin" },
  number: { zh: "号牌号码", en: "Plate number" },
  number_help: { zh: "输五位后按回车。外省：退格清空后输拼音首字母，空格换同首字母的省。", en: "Five characters, then Enter. Another province: clear, type its pinyin initial; space takes the next." },
  type: { zh: "号牌种类", en: "Plate type" },
  business: { zh: "业务类型", en: "Business" },
  vehicle: { zh: "车辆类型", en: "Vehicle type" },
  spoiled: { zh: "废牌", en: "Spoiled" },
  enter: { zh: "保存（回车）", en: "Save (Enter)" },
  run_empty: { zh: "还没有登记。输入号码后按回车。", en: "Nothing recorded yet. Type a number and press Enter." },
  run: { zh: "本次登记", en: "This run" },
  time: { zh: "时间", en: "Time" },
  state: { zh: "状态", en: "State" },
  taken_back: { zh: "已撤销", en: "Taken back" },
  was_saved: { zh: "已存 {it}", en: "{it} saved" },
  sets: { zh: "副", en: "sets" },
  issued: { zh: "号牌发放", en: "Plates issued" },
  waiting: { zh: "待同步 {it} 条", en: "{it} waiting" },
  all_sent: { zh: "全部已送达", en: "All delivered" },
  contact: { zh: "上次联系 {it}", en: "last contact {it}" },
  never: { zh: "从未", en: "never" },
  search: { zh: "查找", en: "Search" },
  search_help: { zh: "号牌、编号的一部分、地点", en: "A plate, part of a number, a place" },
  day: { zh: "日期", en: "Day" },
  all_states: { zh: "全部状态", en: "All states" },
  all_kinds: { zh: "全部种类", en: "All kinds" },
  more: { zh: "更多", en: "More" },
  nothing_found: { zh: "没有符合的记录", en: "No record matches" },
  history: { zh: "经过", en: "History" },
  reason: { zh: "原因", en: "Reason" },
  void_do: { zh: "作废这条记录", en: "Void this record" },
  restore_do: { zh: "撤销作废", en: "Take the void back" },
  amend_do: { zh: "保存更正", en: "Save the correction" },
  returned: { zh: "机关退回：{it}", en: "HQ returned it: {it}" },
  conflict: { zh: "另有人填的是：{it}", en: "somebody else entered: {it}" },
  hq: { zh: "机关", en: "HQ" },
  kind: { zh: "种类", en: "Kind" },
  auto_help: { zh: "不填就是现在。可写 9:50、昨天 22:10、12月15日 9:50", en: "Now, if left empty. 9:50, 12-15 9:50 and 昨天 22:10 are understood" },
  choose_kind: { zh: "登记什么", en: "What to record" },
  saved_one: { zh: "{it}：已存本机", en: "{it}: saved on this device" },
  drafted: { zh: "草稿已存", en: "draft kept" },
  draft_found: { zh: "有一份没保存的草稿", en: "There is a draft that was not saved" },
  pending_server: { zh: "另一台服务器等待确认：请用 client confirm 处理", en: "Another server waits to be confirmed: use client confirm" },
};

const acts = {
  create: { zh: "登记", en: "recorded" }, amend: { zh: "更正", en: "amended" }, void: { zh: "作废", en: "voided" },
  restore: { zh: "撤销作废", en: "void taken back" }, link: { zh: "合并", en: "linked" }, separate: { zh: "拆分", en: "separated" },
  review: { zh: "复核", en: "reviewed" }, release: { zh: "放行", en: "released" },
};

/** An act in words; one of a later version as it is.
 * @param {string} act
 * @returns {Text} */
export const actWords = (act) => /** @type {Record<string, Text>} */ (acts)[act] ?? { zh: act, en: act };

/** @typedef {"zh" | "en"} Lang */

/** A word of this list, with something inserted; an unknown key throws.
 * @param {Lang} lang
 * @returns {(key: string, it?: string | number) => string} */
export function speaker(lang) {
  return (key, it = "") => {
    const text = words[key];
    if (!text) throw new Error(`no word ${key}`);
    return text[lang].replaceAll("{it}", String(it));
  };
}

/** A moment as a clerk reads it, in Shanghai: 14:20, with the day if it is another.
 * @param {number} ms
 * @param {number} now */
export function moment(ms, now) {
  const part = (/** @type {number} */ at) => new Date(at + 8 * 3_600_000).toISOString();
  const [day, time] = [part(ms).slice(0, 10), part(ms).slice(11, 16)];
  if (day === part(now).slice(0, 10)) return time;
  return `${day} ${time}`;
}
