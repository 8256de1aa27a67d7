import { jest } from '@jest/globals';

/** What is written to standard output and standard error until `release`. */
export interface Captured {
  readonly out: () => string;
  readonly err: () => string;
  release(): void;
}

export function captureOutput(): Captured {
  const texts = { out: '', err: '' };
  const spies = (['out', 'err'] as const).map((name) =>
    jest
      .spyOn(name === 'out' ? process.stdout : process.stderr, 'write')
      .mockImplementation((chunk: string | Uint8Array) => {
        texts[name] += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString();
        return true;
      }),
  );
  return {
    out: () => texts.out,
    err: () => texts.err,
    release() {
      for (const spy of spies) spy.mockRestore();
    },
  };
}
