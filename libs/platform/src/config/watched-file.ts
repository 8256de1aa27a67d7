import { readFile } from 'node:fs/promises';

export interface WatchedFileOptions<T> {
  /** The first of these that is there is read. */
  readonly paths: readonly string[];
  /** Whether one must be there at the start. */
  readonly required: boolean;
  /** What holds while none is there. */
  readonly fallback: T;
  /** @throws Error that says everything that is wrong with the text. */
  readonly parse: (text: string, path: string) => T;
}

export interface FileListener<T> {
  /** The file has changed and is right. Awaited before the next look. */
  changed(value: T, path: string): void | Promise<void>;
  /** The file has changed and is wrong, or gone: what held before goes on holding. Told once per change. */
  refused(error: Error): void;
}

interface Found {
  readonly path: string;
  readonly text: string;
}

/**
 * A settings file that may change while the process runs. It is read again every so often: that also works where files
 * are replaced by links (mounted config maps) or lie on network folders, of which the system tells no changes. A change
 * counts when two looks in a row see the same text, so that a file half written isn't taken for the whole.
 */
export class WatchedFile<T> {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private listener: FileListener<T> | undefined;
  private seen: Found | undefined;
  private refused: Found | 'gone' | undefined;

  private constructor(
    private readonly options: WatchedFileOptions<T>,
    private held: Found | undefined,
    private value: T,
  ) {
    this.seen = held;
  }

  /** @throws Error where the file must be there and isn't, or is wrong. */
  static async open<T>(options: WatchedFileOptions<T>): Promise<WatchedFile<T>> {
    const found = await firstOf(options.paths);
    if (found === undefined) {
      if (options.required) throw new Error(`${options.paths.join(' or ')} is missing`);
      return new WatchedFile(options, undefined, options.fallback);
    }
    return new WatchedFile(options, found, options.parse(found.text, found.path));
  }

  /** What holds now. */
  get current(): T {
    return this.value;
  }

  /** The file it comes from; undefined: none was there. */
  get path(): string | undefined {
    return this.held?.path;
  }

  /** Whether the file says something else than what holds, and is wrong. */
  get isRefused(): boolean {
    return this.refused !== undefined;
  }

  watch(everyMs: number, listener: FileListener<T>): void {
    this.listener = listener;
    this.timer ??= setInterval(() => void this.look(), everyMs).unref();
  }

  /** Resolves when a look under way is over; none comes after. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  /** One look at the file; looks follow one another. Never rejects. */
  look(): Promise<void> {
    this.looking = this.looking
      .then(() => this.lookOnce())
      .catch((error: unknown) => this.listener?.refused(error as Error));
    return this.looking;
  }

  private async lookOnce(): Promise<void> {
    const before = this.seen;
    const found = await firstOf(this.options.paths);
    this.seen = found;
    if (!isSame(found, before)) return;
    if (found === undefined) {
      if (this.held === undefined || this.refused === 'gone') return;
      this.refused = 'gone';
      this.listener?.refused(new Error(`${this.held.path} is gone; what it said holds on`));
      return;
    }
    if (isSame(found, this.held)) {
      this.refused = undefined;
      return;
    }
    if (this.refused !== 'gone' && isSame(found, this.refused)) return;
    let value: T;
    try {
      value = this.options.parse(found.text, found.path);
    } catch (error) {
      this.refused = found;
      this.listener?.refused(error as Error);
      return;
    }
    this.held = found;
    this.refused = undefined;
    this.value = value;
    await this.listener?.changed(value, found.path);
  }
}

function isSame(a: Found | undefined, b: Found | undefined): boolean {
  return a?.path === b?.path && a?.text === b?.text;
}

/** @throws Error where one is there and can't be read. */
async function firstOf(paths: readonly string[]): Promise<Found | undefined> {
  for (const path of paths) {
    try {
      return { path, text: await readFile(path, 'utf8') };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  return undefined;
}
