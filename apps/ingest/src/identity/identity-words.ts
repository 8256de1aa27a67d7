/** An identity as four 32-bit words; one for all calls: read it before the next. */
export type IdentityWords = Uint32Array;

const words: IdentityWords = new Uint32Array(4);

/** Reads 32 lower-case hex digits. By hand: parseInt over slices takes twice as long, and this runs for every message. */
export function wordsOf(identity: string): IdentityWords {
  for (let word = 0; word < 4; word += 1) {
    let value = 0;
    const end = word * 8 + 8;
    for (let i = word * 8; i < end; i += 1) {
      const code = identity.charCodeAt(i);
      value = (value << 4) | ((code & 15) + 9 * (code >> 6));
    }
    words[word] = value;
  }
  return words;
}
