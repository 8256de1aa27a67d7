import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import {
  createLog,
  createRegistry,
  KillSwitch,
  RulesFile,
  type Registry,
} from '@keywatch/platform';
import { parse } from 'yaml';
import { DetectMetrics } from '../../apps/detect/src/app/detect-metrics.js';
import { IngestMetrics } from '../../apps/ingest/src/observe/ingest-metrics.js';
import { NotifyMetrics } from '../../apps/notify/src/metrics.js';
import { SweepMetrics } from '../../apps/sweep/src/metrics.js';
import { apiOn, doubles, HOST } from '../api/doubles.js';

interface AlertRule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<string, string>>;
}
interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string; readonly refId: string }[];
  readonly fieldConfig?: {
    readonly defaults: { readonly unit?: string };
    readonly overrides: readonly {
      readonly matcher: { readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: unknown }[];
    }[];
  };
}

const RULES = 'deploy/prometheus/keywatch.rules.yml';
const read = (file: string): string => readFileSync(file, 'utf8');
const { groups } = parse(read(RULES)) as { groups: { rules: AlertRule[] }[] };
const alerts = groups.flatMap(({ rules }) => rules);
const { panels } = JSON.parse(read('deploy/grafana/dashboards/keywatch.json')) as {
  panels: Panel[];
};
const queries = panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));

/** What the apps expose: name to type, from the text that Prometheus reads. */
const exposed = new Map<string, string>();
const labels = new Set<string>();

beforeAll(async () => {
  const log = createLog({ app: 'spec', level: 'silent', format: 'json' });
  const registries = ['ingest', 'detect', 'sweep', 'notify'].map((app) => createRegistry(app));
  const [ingest, detect, sweep, notify] = registries as [Registry, Registry, Registry, Registry];
  new IngestMetrics(ingest, () => 0);
  new DetectMetrics(detect, log, new KillSwitch(undefined), () => 0);
  await RulesFile.open({
    settings: {
      KEYWATCH_RULES_FILE: undefined,
      KEYWATCH_RULES_POLL_MS: 60_000,
      KEYWATCH_DATA: '/nowhere',
    },
    parse: () => ({}),
    fallback: {},
    log,
    registry: detect,
  });
  new SweepMetrics(sweep);
  new NotifyMetrics(notify, ['log']);
  const texts = await Promise.all(registries.map((registry) => registry.metrics()));
  const app = await apiOn(doubles());
  texts.push((await app.inject({ url: '/metrics', headers: { host: HOST } })).body);
  await app.close();
  for (const text of texts) {
    for (const [, name = '', type = ''] of text.matchAll(/^# TYPE (\S+) (\S+)$/gm))
      exposed.set(name, type);
    for (const [, label = ''] of text.matchAll(/[{,]([a-z_]+)="/g)) labels.add(label);
  }
}, 30_000);

/** Names of series that an expression asks for. */
const seriesIn = (expr: string): string[] => expr.match(/\bkeywatch_[a-z0-9_]+/g) ?? [];

function isExposed(series: string): boolean {
  if (exposed.has(series)) return true;
  const base = series.replace(/_(?:bucket|sum|count)$/, '');
  return base !== series && exposed.get(base) === 'histogram';
}

describe('what is asked of Prometheus', () => {
  it('is exposed by an app, in every alert and every panel', () => {
    expect(exposed.size).toBeGreaterThan(40);
    const asked = [...alerts.map(({ expr }) => expr), ...queries].flatMap(seriesIn);
    expect(asked.filter((series) => !isExposed(series))).toEqual([]);
  });

  it('looks at every figure of ours, or its absence is said here', () => {
    const own = [...exposed.keys()].filter((name) => !/^keywatch_(?:process|nodejs)_/.test(name));
    const asked = new Set([...alerts.map(({ expr }) => expr), ...queries].flatMap(seriesIn));
    const looked = (name: string): boolean =>
      [name, `${name}_bucket`, `${name}_sum`].some((series) => asked.has(series));
    expect(own.filter((name) => !looked(name)).sort()).toEqual([
      'keywatch_detect_checkpoint_bytes_total',
      'keywatch_detect_checkpoint_records_total',
      'keywatch_detect_foreign_states_total',
      'keywatch_detect_lag_messages',
      'keywatch_detect_partitions_dropped_total',
      'keywatch_detect_restore_seconds',
      'keywatch_event_log_unavailable_total',
      'keywatch_ingest_lag_messages',
      'keywatch_reports_running',
      'keywatch_rules_file_loads_total',
    ]);
  });

  it('has no key, tenant or address as a label', () => {
    for (const label of ['key', 'key_id', 'tenant', 'tenant_id', 'ip', 'address', 'user'])
      expect(labels).not.toContain(label);
  });
});

/** What an expression counts, by the names of its series. */
function kindOf(expr: string): string {
  if (expr.startsWith('histogram_quantile')) return expr.includes('_seconds_') ? 's' : 'short';
  if (/\brate\(/.test(expr)) return 'ops';
  if (expr.includes('_seconds')) return 's';
  return expr.includes('_bytes') ? 'bytes' : 'short';
}

function unitOf({ fieldConfig }: Panel, refId: string): unknown {
  const own = fieldConfig?.overrides.find(({ matcher }) => matcher.options === refId);
  const unit = own?.properties.find(({ id }) => id === 'unit')?.value;
  return unit ?? fieldConfig?.defaults.unit;
}

describe('a panel', () => {
  const mixed = panels.filter(
    ({ targets = [] }) => new Set(targets.map(({ expr }) => kindOf(expr))).size > 1,
  );

  it.each(mixed.map((panel) => [panel.title, panel] as const))(
    'with figures of several kinds gives each its unit: %s',
    (_, panel) => {
      for (const { expr, refId } of panel.targets ?? [])
        expect({ expr, unit: unitOf(panel, refId) }).toEqual({ expr, unit: kindOf(expr) });
    },
  );
});

describe('every alert', () => {
  const pages = read('docs/operations.md');
  const anchors = new Set(
    [...pages.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^a-z0-9 -]/g, '')
        .replaceAll(' ', '-'),
    ),
  );

  it.each(alerts.map((alert) => [alert.alert, alert] as const))(
    '%s says what it is and what to do',
    (name, { labels: { severity }, annotations }) => {
      expect(name).toMatch(/^Keywatch[A-Z]/);
      expect(['warning', 'critical']).toContain(severity);
      const { summary, description, runbook = '' } = annotations;
      expect([summary, description].every((text) => (text ?? '').length > 10)).toBe(true);
      const [page, anchor = ''] = runbook.split('#');
      expect(page).toBe('docs/operations.md');
      expect(anchors).toContain(anchor);
    },
  );

  it('is tried: named in the tests of the rules', () => {
    const tests = read('deploy/prometheus/keywatch.rules.test.yml');
    expect(alerts.filter(({ alert }) => !tests.includes(alert))).toEqual([]);
  });
});

describe('promtool', () => {
  const promtool = (...argv: string[]): { status: number | null; said: string } => {
    const { status, stdout, stderr } = spawnSync('promtool', argv, { encoding: 'utf8' });
    return { status, said: `${stdout}${stderr}` };
  };
  const available = spawnSync('promtool', ['--version']).status === 0;
  if (!available)
    process.stderr.write(
      'SKIPPED: alert rules, their tests and the queries of the dashboard were not tried with promtool, because it is not installed here (Debian: apt-get install prometheus).\n',
    );
  const withIt = available ? it : it.skip;

  withIt('takes the configuration and the rules (needs promtool)', () => {
    expect(
      promtool('check', 'config', '--syntax-only', 'deploy/prometheus/prometheus.yml'),
    ).toMatchObject({ status: 0 });
    expect(promtool('check', 'rules', RULES)).toMatchObject({ status: 0 });
  });

  withIt('finds that the rules fire and stay silent as they should (needs promtool)', () => {
    const { status, said } = promtool('test', 'rules', 'deploy/prometheus/keywatch.rules.test.yml');
    expect({ status, said }).toEqual({ status: 0, said: expect.stringContaining('SUCCESS') });
  });

  withIt('can read every query of the dashboard (needs promtool)', () => {
    const folder = mkdtempSync(join(tmpdir(), 'keywatch-queries-'));
    const file = join(folder, 'queries.yml');
    const rules = queries.map((expr, i) => ({ record: `query:${i}`, expr }));
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }));
    const { status, said } = promtool('check', 'rules', file);
    rmSync(folder, { recursive: true });
    expect({ status, said }).toMatchObject({ status: 0 });
  });
});
