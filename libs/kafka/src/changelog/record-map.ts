/** How a record travels and how it is kept while nobody needs it. */
export interface RecordCodec<R> {
  serialize(record: R): string;
  deserialize(text: string): R;
}

/**
 * Records by key. The `hotLimit` most recently used are objects; the others are kept as text, which takes about 200
 * bytes a key where an object takes 1 kB.
 */
export class RecordMap<R> {
  /** In the order of use, the least recent first. */
  private readonly hot = new Map<string, R>();

  /** @param cold texts by key, taken over as they are. */
  constructor(
    private readonly codec: RecordCodec<R>,
    private readonly hotLimit: number,
    private readonly cold = new Map<string, string>(),
  ) {}

  get size(): number {
    return this.hot.size + this.cold.size;
  }

  get hotSize(): number {
    return this.hot.size;
  }

  has(key: string): boolean {
    return this.hot.has(key) || this.cold.has(key);
  }

  /** The record as an object, to be changed only by `set`. */
  get(key: string): R | undefined {
    let record = this.hot.get(key);
    if (record === undefined) {
      const text = this.cold.get(key);
      if (text === undefined) return undefined;
      record = this.codec.deserialize(text);
    }
    this.set(key, record);
    return record;
  }

  set(key: string, record: R): void {
    if (!this.hot.delete(key)) this.cold.delete(key);
    this.hot.set(key, record);
    if (this.hot.size > this.hotLimit) this.coolOne();
  }

  delete(key: string): void {
    if (!this.hot.delete(key)) this.cold.delete(key);
  }

  /** The record as text, without making it hot. */
  text(key: string): string | undefined {
    const record = this.hot.get(key);
    return record === undefined ? this.cold.get(key) : this.codec.serialize(record);
  }

  /** The record as an object that is not kept: for a look at many. */
  peek(key: string): R | undefined {
    const record = this.hot.get(key);
    if (record !== undefined) return record;
    const text = this.cold.get(key);
    return text === undefined ? undefined : this.codec.deserialize(text);
  }

  *keys(): IterableIterator<string> {
    yield* this.hot.keys();
    yield* this.cold.keys();
  }

  private coolOne(): void {
    for (const [key, record] of this.hot) {
      this.hot.delete(key);
      this.cold.set(key, this.codec.serialize(record));
      return;
    }
  }
}
