import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { checkDataPath } from '../files.js';
import { stringLiteral } from './literals.js';

interface Slot {
  readonly path: string;
  readonly file: FileHandle;
}

/**
 * Files through which the engine reads the data of inserts in binary formats: its byte interface takes only text. A file
 * is used again and again, since creating one costs more than writing it. Nothing stays in it after its insert.
 */
export class InsertFiles {
  private readonly free: Slot[] = [];
  private made = 0;

  private constructor(private readonly folder: string) {}

  /**
   * What a killed engine left in the folder is removed; nobody will read it.
   * @throws Error when the folder's path has a character that the engine can't take in a file name.
   */
  static async open(folder: string): Promise<InsertFiles> {
    checkDataPath(folder);
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { mode: 0o700 });
    return new InsertFiles(folder);
  }

  /** @param work is given the file's name as a literal of SQL; the data is in the file until it ends. */
  async use<T>(data: Buffer, work: (fileLiteral: string) => Promise<T>): Promise<T> {
    const slot = this.free.pop() ?? (await this.create());
    try {
      await writeWhole(slot.file, data);
      return await work(stringLiteral(slot.path));
    } finally {
      await slot.file.truncate(0);
      this.free.push(slot);
    }
  }

  /** Nothing may be in use any more. */
  async close(): Promise<void> {
    for (const { file } of this.free.splice(0)) await file.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  private async create(): Promise<Slot> {
    this.made += 1;
    const path = join(this.folder, String(this.made));
    return { path, file: await open(path, 'w', 0o600) };
  }
}

async function writeWhole(file: FileHandle, data: Buffer): Promise<void> {
  for (let at = 0; at < data.length;) {
    const { bytesWritten } = await file.write(data, at, data.length - at, at);
    at += bytesWritten;
  }
}
