import { identityWord } from '@keywatch/events';

/** An identity as four 32-bit words; one for all calls: read it before the next. */
export type IdentityWords = Uint32Array;

const words: IdentityWords = new Uint32Array(4);

/** Reads 32 lower-case hex digits. */
export function wordsOf(identity: string): IdentityWords {
  for (let word = 0; word < 4; word += 1) words[word] = identityWord(identity, word * 8);
  return words;
}
