import { describe, expect, it } from '@jest/globals';
import { DEFAULT_POLICY } from '@keywatch/detection';
import { resultInWords, resultsAsJson, summaryInWords } from './cases-text.js';
import { readCases, runCases, type FileResult } from './run-cases.js';

const aCase = (then: string): string => `
cases:
  - name: two environments
    rule: multi-environment-use
    given: [used: { at: 2026-03-01T10:00Z, environment: production }]
    when: [used: { at: 2026-03-01T10:30Z, environment: staging }]
    then: ${then}
`;

async function run(...texts: string[]): Promise<FileResult[]> {
  const results: FileResult[] = [];
  await runCases(readCases(texts.map((text, i) => ({ file: `${i + 1}.yaml`, text }))), {
    policy: DEFAULT_POLICY,
    signal: new AbortController().signal,
    onResult: (result) => results.push(result),
    // Progress is told when an engine starts.
    onProgress: (text) => {
      throw new Error(`no engine is needed: ${text}`);
    },
  });
  return results;
}

describe('files of cases', () => {
  it('run one after the other; rules on the stream need no engine', async () => {
    const results = await run(aCase('[{}]'), aCase('[{ severity: low }]'));
    expect(results.map(resultInWords)).toEqual([
      'ok    multi-environment-use: two environments',
      expect.stringMatching(
        /^WRONG multi-environment-use: two environments {2}\(2\.yaml:3\)\n {2}1 expected, 1 told\n {2}- expected as number 1: severity low\n {2}\+ told as number 1: high key-1 /,
      ),
    ]);
    expect(summaryInWords(results)).toBe('1 of 2 failed.');
    expect(summaryInWords(results.slice(0, 1))).toBe('All 1 as expected.');
    const told = expect.objectContaining({ severity: 'high', key: 'key-1', window: '2026-03-01' });
    expect(JSON.parse(resultsAsJson(results))).toMatchObject({
      cases: [
        { file: '1.yaml', line: 3, ok: true, expected: [{}], told: [told], problem: null },
        { file: '2.yaml', ok: false, expected: [{ severity: 'low' }], told: [told] },
      ],
      failed: 1,
    });
  });

  it('are refused together, with what is wrong with each', () => {
    const refused = (): unknown =>
      readCases([
        { file: 'a.yaml', text: aCase('loud') },
        { file: 'b.yaml', text: aCase('silent') },
        { file: 'c.yaml', text: 'cases: []' },
      ]);
    expect(refused).toThrow(/^a\.yaml is not right:\n.*\nc\.yaml is not right:\n.*$/);
  });
});
