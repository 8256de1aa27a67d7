import { z } from 'zod';
import { EVERY_RULE } from '../policy/exceptions.js';
import { isNetwork } from '../policy/networks.js';

/** A rule or sweep, as far as the file is concerned. */
export interface Settable {
  readonly id: string;
  readonly title: string;
  readonly settings: z.ZodObject;
}

const MOMENT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/;
const DAY_MS = 86_400_000;

/** End of a date's day in UTC, or the very time, in ms; NaN: neither. */
export function expiryMs(text: string): number {
  if (!MOMENT.test(text)) return Number.NaN;
  const ms = Date.parse(text);
  // Date.parse takes the 30th of February for the 2nd of March.
  const day = text.slice(0, 10);
  if (Number.isNaN(ms) || new Date(`${day}T00:00Z`).toISOString().slice(0, 10) !== day) return NaN;
  return text.length === 10 ? ms + DAY_MS : ms;
}

const text = z.string().min(1, 'must not be empty');
const oneOrMore = <T extends z.ZodType>(item: T) => z.union([item, z.array(item).min(1)]);
const network = text.refine(isNetwork, {
  error: (issue) =>
    `${JSON.stringify(issue.input)} is no address or network such as 203.0.113.7, 10.0.0.0/8 or 2001:db8::/32`,
});

/** Members of an exception that say what it is about; one of them at least must be there. */
export const CRITERIA = [
  'key',
  'keys',
  'tenant',
  'owner',
  'tag',
  'environment',
  'network',
] as const;

function exceptionSchema(ids: readonly string[]) {
  const rule = z.enum([EVERY_RULE, ...ids]);
  return z
    .strictObject({
      rule: oneOrMore(rule).describe('The rule or sweep that is not to look; "*": all of them'),
      key: oneOrMore(text).optional().describe('Key id, or a list of them'),
      keys: oneOrMore(text).optional().describe('The same as key'),
      tenant: oneOrMore(text).optional().describe('Tenant, or a list of them'),
      owner: oneOrMore(text)
        .optional()
        .describe('Id, e-mail address or team of the owner, in any case, or a list of them'),
      tag: oneOrMore(text).optional().describe("Tag of the key's creation, or a list of them"),
      environment: oneOrMore(text)
        .optional()
        .describe("Environment of the request (of other events: the key's home), or a list"),
      network: oneOrMore(network)
        .optional()
        .describe('Address or network in CIDR form that the request comes from, or a list'),
      reason: z.string().trim().min(3, 'says why, for those who ask later').describe('Why'),
      expires: z
        .string()
        .refine((value) => !Number.isNaN(expiryMs(value)), {
          error:
            'must be a date such as 2027-03-31 (to its end, UTC) or a time such as 2027-03-31T18:00Z',
        })
        .describe('Last day on which it holds (UTC), or a time before which it holds'),
    })
    .describe('What rules are not to look at; all members that are given must fit');
}

/** Schema of the settings file, from the lists of rules and sweeps. */
export function rulesFileSchema(all: readonly Settable[]) {
  const enabled = z.boolean().optional().describe('false: it is off (default: true)');
  // The bare members: conditions across them are checked when everything is joined.
  const rules = z.strictObject(
    Object.fromEntries(
      all.map(({ id, title, settings }) => [
        id,
        z
          .strictObject({ enabled, ...settings.shape })
          .optional()
          .describe(title),
      ]),
    ),
  );
  const tenant = z.strictObject({
    rules: rules.optional().describe('What differs from the general rules, setting by setting'),
  });
  return z
    .strictObject({
      rules: rules.optional().describe('Settings of rules and sweeps; left out: their defaults'),
      tenants: z
        .record(z.string().min(1), tenant)
        .optional()
        .describe('By tenant: what differs there'),
      exceptions: z.array(exceptionSchema(all.map(({ id }) => id))).optional(),
    })
    .describe('Settings of the detection of Keywatch');
}

/** JSON Schema of the settings file: editors complete and check with it. */
export function rulesFileJsonSchema(all: readonly Settable[]): object {
  const schema = z.toJSONSchema(rulesFileSchema(all), { io: 'input', unrepresentable: 'any' });
  return { ...schema, title: 'Keywatch detection settings' };
}
