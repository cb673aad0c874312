// Short tones beside the words: the clerk's eyes are on the paper. A browser without sound stays silent.

/** Frequencies in Hz and lengths in s.
 * @type {Record<"saved" | "doubt" | "refused", [number, number][]>} */
const tones = { saved: [[880, 0.06]], doubt: [[440, 0.12], [330, 0.16]], refused: [[220, 0.2]] };

/** @type {AudioContext | null} */
let audio = null;

/** @param {"saved" | "doubt" | "refused"} kind */
export function tone(kind) {
  try {
    audio ??= new AudioContext();
    let at = audio.currentTime;
    for (const [frequency, length] of tones[kind]) {
      const wave = audio.createOscillator();
      const volume = audio.createGain();
      wave.frequency.value = frequency;
      volume.gain.value = 0.08;
      wave.connect(volume).connect(audio.destination);
      wave.start(at);
      wave.stop(at + length);
      at += length;
    }
  } catch {
    // no sound here: the words stand on the page
  }
}
