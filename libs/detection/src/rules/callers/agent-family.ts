import { plainText } from '../../windows/plain-text.js';

const MAX_NAME = 32;
const MAX_REMEMBERED = 2048;
const MAX_LENGTH = 512;

/** Agents of a cloud's own services, which call on behalf of the key's owner. */
const OF_SERVICES = /amazonaws\.com$|^aws[ -]internal|aws-internal\//i;
/** What stands before a program's name: a bracket, the mark of a partner and its company. */
const PARTNERS = /^\[?(?:apn\/\S+ )?(?:hashicorp\/\S+ )?/i;
const SYSTEMS: readonly [RegExp, string][] = [
  [/windows/i, 'windows'],
  [/darwin|macos|mac os x|macintosh/i, 'mac'],
  [/linux/i, 'linux'],
];

const remembered = new Map<string, string>();

/**
 * Program and system of a user agent, without versions: `aws-cli linux`, `boto3 windows`, `terraform`. Empty: unknown, or
 * a service of the cloud. Remembered, as there are few agents and many requests.
 */
export function agentFamily(agent: string): string {
  const known = remembered.get(agent);
  if (known !== undefined) return known;
  const family = find(agent);
  if (agent.length <= MAX_LENGTH) {
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(agent, family);
  }
  return family;
}

function find(agent: string): string {
  if (agent === '' || OF_SERVICES.test(agent)) return '';
  const [program = ''] = agent
    .replace(PARTNERS, '')
    .toLowerCase()
    .split(/[/ (,;_]/, 1);
  if (program === '') return '';
  const system = SYSTEMS.find(([mark]) => mark.test(agent))?.[1];
  return plainText(system === undefined ? program : `${program} ${system}`, MAX_NAME);
}
