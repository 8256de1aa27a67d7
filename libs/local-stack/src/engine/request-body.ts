import { type IncomingMessage } from 'node:http';
import { type Readable, pipeline } from 'node:stream';
import {
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';
import { EngineError, refuse } from './engine-error.js';

const DECODERS: Readonly<Record<string, () => NodeJS.ReadWriteStream & Readable>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: createZstdDecompress,
};

/** Counts the bytes that all requests hold at once. */
export class BodyBudget {
  private held = 0;

  /**
   * @param mostEach bytes of one body, unpacked.
   * @param mostTogether bytes of all bodies that are being read or written to the engine.
   */
  constructor(
    readonly mostEach: number,
    readonly mostTogether: number,
  ) {}

  take(bytes: number): void {
    this.held += bytes;
    if (this.held > this.mostTogether)
      throw refuse(
        202,
        `Too many simultaneous inserts: their bodies hold ${this.held} bytes; try again later`,
      );
  }

  give(bytes: number): void {
    this.held -= bytes;
  }
}

/** A request's body in memory, until it is released. */
export interface Body {
  readonly bytes: Buffer;
  release(): void;
}

/**
 * Reads and unpacks the body.
 * @throws EngineError 229 (HTTP 413) when it is larger than the budget allows, 202 (503) when all together are, 271 when
 *   it can't be unpacked, 210 when the client went away before the end.
 */
export async function readBody(request: IncomingMessage, budget: BodyBudget): Promise<Body> {
  if (Number(request.headers['content-length'] ?? 0) > budget.mostEach) throw tooLarge(budget);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of unpacked(request) as AsyncIterable<Buffer>) {
      size += chunk.length;
      budget.take(chunk.length);
      if (size > budget.mostEach) throw tooLarge(budget);
      chunks.push(chunk);
    }
  } catch (error) {
    budget.give(size);
    throw asBodyError(error, request);
  }
  const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
  return {
    bytes,
    release: once(() => {
      budget.give(size);
    }),
  };
}

function unpacked(request: IncomingMessage): Readable {
  const encoding = request.headers['content-encoding']?.toLowerCase() ?? 'identity';
  if (encoding === 'identity' || encoding === '') return request;
  const decoder = DECODERS[encoding];
  if (decoder === undefined)
    throw refuse(
      779,
      `Unknown Content-Encoding ${encoding}; known: ${Object.keys(DECODERS).join(', ')}`,
    );
  const target = decoder();
  pipeline(request, target, () => undefined);
  return target;
}

const tooLarge = (budget: BodyBudget): EngineError =>
  refuse(229, `The body is larger than ${budget.mostEach} bytes; send smaller inserts`);

function asBodyError(error: unknown, request: IncomingMessage): unknown {
  if (error instanceof EngineError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (request.errored !== null || code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE')
    return refuse(210, 'The client closed the connection before the end of the request');
  if (code.startsWith('Z_') || code.startsWith('ERR_BROTLI') || code.startsWith('ZSTD'))
    return refuse(271, `Can't decompress the body: ${(error as Error).message}`, 400);
  return error;
}

function once(work: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    work();
  };
}

/** The fields of a form: clients send long query parameters so. */
export async function formFields(bytes: Buffer, contentType: string): Promise<Map<string, string>> {
  try {
    const headers = { 'content-type': contentType };
    const body = new Response(new Uint8Array(bytes), { headers });
    // Deprecated for reading without bounds; this body is in memory and bounded.
    // eslint-disable-next-line @typescript-eslint/no-deprecated
    const form = await body.formData();
    const fields = new Map<string, string>();
    for (const [name, value] of form) if (typeof value === 'string') fields.set(name, value);
    return fields;
  } catch (error) {
    throw refuse(117, `Can't read the form: ${(error as Error).message}`);
  }
}
