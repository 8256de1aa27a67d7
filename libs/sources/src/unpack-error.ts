/** A file that has to be unpacked, or turned into text, before it can be read. */
export class UnpackError extends Error {
  constructor(what: string) {
    super(`the file is ${what}; unpack it first (gzip is read as it is)`);
  }
}
