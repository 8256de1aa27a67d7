import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import {
  clickhouseConnection,
  CLICKHOUSE_SETTINGS,
  KAFKA_SETTINGS,
  kafkaConnection,
} from './connections.js';
import { readSettings, SettingsError } from './read-settings.js';
import { SETTINGS, type Setting } from './settings.js';

const folder = mkdtempSync(join(tmpdir(), 'keywatch-settings-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('readSettings', () => {
  it('gives defaults, and treats an empty variable as missing', () => {
    const settings = readSettings(['KEYWATCH_LOG_LEVEL', 'KEYWATCH_API_PORT'], {
      KEYWATCH_LOG_LEVEL: '',
    });
    expect(settings).toEqual({ KEYWATCH_LOG_LEVEL: 'info', KEYWATCH_API_PORT: 4100 });
  });

  it('lists every problem at once, with the name and an example', () => {
    const problems = problemsOf(() =>
      readSettings(['KEYWATCH_API_PORT', 'KEYWATCH_LOG_LEVEL', 'KEYWATCH_KAFKA_BROKERS'], {
        KEYWATCH_API_PORT: '99999',
        KEYWATCH_LOG_LEVEL: 'loud',
        KEYWATCH_KAFKA_BROKERS: ' , ',
      }),
    );
    expect(problems).toHaveLength(3);
    expect(problems[0]).toMatch(
      /^KEYWATCH_API_PORT is "99999": .* Example: KEYWATCH_API_PORT=4100$/,
    );
  });

  it('refuses a misspelt name instead of ignoring it', () => {
    expect(problemsOf(() => readSettings([], { KEYWATCH_API_PROT: '1' }))).toEqual([
      'KEYWATCH_API_PROT is no setting; the settings are listed in docs/settings.md',
    ]);
  });

  it('reads a secret from a file, and says so when the file is missing', () => {
    const file = join(folder, 'token');
    writeFileSync(file, 'sixteen-characters-or-more\n');
    expect(readSettings(['KEYWATCH_API_TOKEN'], { KEYWATCH_API_TOKEN_FILE: file })).toEqual({
      KEYWATCH_API_TOKEN: 'sixteen-characters-or-more',
    });
    expect(
      problemsOf(() =>
        readSettings(['KEYWATCH_API_TOKEN'], { KEYWATCH_API_TOKEN_FILE: join(folder, 'none') }),
      ),
    ).toHaveLength(1);
  });

  it('never shows the value of a secret', () => {
    const [problem] = problemsOf(() =>
      readSettings(['KEYWATCH_API_TOKEN'], { KEYWATCH_API_TOKEN: 'hunter2' }),
    );
    expect(problem).toContain('KEYWATCH_API_TOKEN is set');
    expect(problem).not.toContain('hunter2');
  });
});

describe('SETTINGS', () => {
  it.each(Object.entries(SETTINGS))(
    '%s has an example that it accepts',
    (_name, setting: Setting) => {
      expect(setting.about).toMatch(/\.$/);
      if (setting.secret !== true)
        expect(setting.schema.safeParse(setting.example).success).toBe(true);
    },
  );
});

describe('connections', () => {
  it('names the way out where no address is given', () => {
    expect(() => kafkaConnection(readSettings(KAFKA_SETTINGS, {}), 'x')).toThrow(
      /KEYWATCH_KAFKA_BROKERS .*keywatch up/,
    );
    expect(() => clickhouseConnection(readSettings(CLICKHOUSE_SETTINGS, {}))).toThrow(
      /KEYWATCH_CLICKHOUSE_URL .*keywatch up/,
    );
  });

  it('adds SASL only where a mechanism is named', () => {
    const brokers = { KEYWATCH_KAFKA_BROKERS: 'a:1,b:2' };
    expect(kafkaConnection(readSettings(KAFKA_SETTINGS, brokers), 'x')).toEqual({
      clientId: 'x',
      brokers: ['a:1', 'b:2'],
      ssl: false,
    });
    const sasl = {
      ...brokers,
      KEYWATCH_KAFKA_SASL_MECHANISM: 'plain',
      KEYWATCH_KAFKA_SASL_USERNAME: 'u',
      KEYWATCH_KAFKA_SASL_PASSWORD: 'p',
    };
    expect(kafkaConnection(readSettings(KAFKA_SETTINGS, sasl), 'x').sasl).toEqual({
      mechanism: 'plain',
      username: 'u',
      password: 'p',
    });
  });
});
