/** A failure that the message explains: printed without a stack. `exitCode`: 1 found something, 2 can't work so. */
export class CommandError extends Error {
  constructor(
    message: string,
    readonly exitCode: 1 | 2 = 2,
  ) {
    super(message);
    this.name = 'CommandError';
  }
}
