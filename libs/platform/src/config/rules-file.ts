import { resolve } from 'node:path';
import type { Log } from '../observability/log.js';
import { Counter, Gauge, type Registry } from '../observability/metrics.js';
import { SettingsError } from './read-settings.js';
import type { Settings } from './settings.js';
import { WatchedFile } from './watched-file.js';

/** Settings that say where the file with the settings of detection is. */
export const RULES_FILE_SETTINGS = [
  'KEYWATCH_RULES_FILE',
  'KEYWATCH_RULES_POLL_MS',
  'KEYWATCH_DATA',
] as const;

type RulesFileSettings = Settings<(typeof RULES_FILE_SETTINGS)[number]>;

/** The file's name where no setting names one. */
export const RULES_FILE = 'keywatch.yaml';

/** Where the settings file is looked for: the first that is there counts; `required`: it was named. */
export function rulesFilePlaces(
  settings: Pick<RulesFileSettings, 'KEYWATCH_RULES_FILE' | 'KEYWATCH_DATA'>,
): { readonly paths: readonly string[]; readonly required: boolean } {
  const named = settings.KEYWATCH_RULES_FILE;
  if (named !== undefined) return { paths: [resolve(named)], required: true };
  return {
    paths: [resolve(settings.KEYWATCH_DATA, RULES_FILE), resolve(RULES_FILE)],
    required: false,
  };
}

export interface RulesFileOptions<T> {
  readonly settings: RulesFileSettings;
  readonly parse: (text: string, path: string) => T;
  /** What holds without a file. */
  readonly fallback: T;
  readonly log: Log;
  readonly registry: Registry;
}

/** The settings file of detection as an app follows it, with its log lines and metrics. */
export class RulesFile<T> {
  private readonly loads: Counter;

  private constructor(
    private readonly file: WatchedFile<T>,
    private readonly options: RulesFileOptions<T>,
  ) {
    const registers = [options.registry];
    this.loads = new Counter({
      name: 'keywatch_rules_file_loads_total',
      help: 'Changes of the settings file by what became of them: held, or refused because it was wrong.',
      labelNames: ['outcome'],
      registers,
    });
    new Gauge({
      name: 'keywatch_rules_file_refused',
      help: '1 while the settings file is wrong or gone and older settings hold, else 0.',
      registers,
      collect() {
        this.set(file.isRefused ? 1 : 0);
      },
    });
  }

  /** @throws SettingsError with everything that is wrong with the file. */
  static async open<T>(options: RulesFileOptions<T>): Promise<RulesFile<T>> {
    const { parse, fallback, log } = options;
    try {
      const places = rulesFilePlaces(options.settings);
      const file = await WatchedFile.open({ ...places, parse, fallback });
      if (file.path !== undefined)
        log.info({ path: file.path }, 'Settings file of detection holds');
      return new RulesFile(file, options);
    } catch (error) {
      throw new SettingsError([(error as Error).message]);
    }
  }

  get current(): T {
    return this.file.current;
  }

  /** Calls back with each right change; a wrong one is logged with all its problems, and what held goes on holding. */
  follow(changed: (value: T) => void | Promise<void>): void {
    const { log, settings } = this.options;
    this.file.watch(settings.KEYWATCH_RULES_POLL_MS, {
      changed: async (value, path) => {
        log.info({ path }, 'Settings file of detection changed');
        await changed(value);
        this.loads.inc({ outcome: 'held' });
      },
      refused: (error) => {
        this.loads.inc({ outcome: 'refused' });
        log.error(
          { problems: error.message },
          'Settings file of detection refused; what held before goes on holding',
        );
      },
    });
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
