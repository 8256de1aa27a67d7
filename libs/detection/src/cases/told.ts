import type { Alert } from '@keywatch/events';
import { z } from 'zod';
import { MOMENT } from './case-event.js';

/** An alert of a case, by what is to be compared; what is left out may be anything. */
export const EXPECTED = z
  .strictObject({
    severity: z.enum(['info', 'low', 'medium', 'high', 'critical']).optional(),
    key: z.string().optional().describe('For sweeps about addresses: the address or network'),
    tenant: z.string().optional(),
    window: z.string().optional(),
    says: z.string().optional().describe('Part of its sentence'),
    asOf: MOMENT.optional().describe('Sweeps: which look told it'),
  })
  .describe('An alert, by what is to be compared');
export type Expected = z.output<typeof EXPECTED>;

/** Whether the alert is one that was expected. */
export function fits(alert: Alert, expected: Expected): boolean {
  const { severity, key, tenant, window, says, asOf } = expected;
  return (
    (severity ?? alert.severity) === alert.severity &&
    (key ?? alert.keyId) === alert.keyId &&
    (tenant ?? alert.tenantId) === alert.tenantId &&
    (window ?? alert.window) === alert.window &&
    (asOf === undefined || Date.parse(asOf) === Date.parse(alert.detectedAt)) &&
    alert.sentence.includes(says ?? '')
  );
}

/** `medium key-1 v0/90d: Key key-1 is ...` */
export function alertInWords({ severity, tenantId, keyId, window, sentence }: Alert): string {
  const tenant = tenantId === 'default' ? '' : ` of ${tenantId}`;
  return `${severity} ${keyId}${tenant} ${window}: ${sentence}`;
}

/** `severity medium, key key-1` */
export function expectedInWords(expected: Expected): string {
  const members = Object.entries(expected).map(([name, value]) =>
    name === 'says' ? `says ${JSON.stringify(value)}` : `${name} ${value}`,
  );
  return members.length === 0 ? 'any alert' : members.join(', ');
}
