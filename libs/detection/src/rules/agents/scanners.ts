/**
 * secret-finder: tries keys that it found. cloud-attack: uses stolen keys. pentest-system: an operating system for
 * penetration tests. scanner: looks for holes, paths or open ports.
 */
export type ToolKind = 'secret-finder' | 'cloud-attack' | 'pentest-system' | 'scanner';

export interface Tool {
  readonly name: string;
  readonly kind: ToolKind;
  /** What its user agent says; see agentKinds for what counts as saying it. */
  readonly mark: string;
  /** Where that is from. */
  readonly source: string;
}

const CRS =
  'OWASP CRS, scanners-user-agents.data (https://github.com/coreruleset/coreruleset/blob/main/rules/scanners-user-agents.data)';
const GUARD_DUTY =
  'Amazon GuardDuty, PenTest:IAMUser findings (https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_finding-types-iam.html)';
const PROJECT = (path: string): string => `the tool itself (https://github.com/${path})`;

const crs = (name: string, mark = name.toLowerCase()): Tool => ({
  name,
  kind: 'scanner',
  mark,
  source: CRS,
});

export const TOOLS: readonly Tool[] = [
  {
    name: 'TruffleHog',
    kind: 'secret-finder',
    mark: 'trufflehog',
    source: 'https://trufflesecurity.com/blog/trufflehog-in-your-logs',
  },
  {
    name: 'Gitleaks',
    kind: 'secret-finder',
    mark: 'gitleaks',
    source: PROJECT('gitleaks/gitleaks'),
  },
  { name: 'Nosey Parker', kind: 'secret-finder', mark: 'noseyparker', source: CRS },
  {
    name: 'keyhacks',
    kind: 'secret-finder',
    mark: 'keyhacks',
    source: PROJECT('streaak/keyhacks'),
  },
  { name: 'Pacu', kind: 'cloud-attack', mark: 'pacu', source: PROJECT('RhinoSecurityLabs/pacu') },
  {
    name: 'Stratus Red Team',
    kind: 'cloud-attack',
    mark: 'stratus-red-team',
    source: 'https://stratus-red-team.cloud/user-guide/getting-started/',
  },
  {
    name: 'enumerate-iam',
    kind: 'cloud-attack',
    mark: 'enumerate-iam',
    source: PROJECT('andresriancho/enumerate-iam'),
  },
  {
    name: 'CloudFox',
    kind: 'cloud-attack',
    mark: 'cloudfox',
    source: PROJECT('BishopFox/cloudfox'),
  },
  {
    name: 'Scout Suite',
    kind: 'scanner',
    mark: 'scout suite',
    source: PROJECT('nccgroup/ScoutSuite'),
  },
  {
    name: 'Scout Suite',
    kind: 'scanner',
    mark: 'scoutsuite',
    source: PROJECT('nccgroup/ScoutSuite'),
  },
  {
    name: 'Prowler',
    kind: 'scanner',
    mark: 'prowler',
    source: PROJECT('prowler-cloud/prowler'),
  },
  // In AWS agents: `Linux/6.1.0-kali9-amd64`, `distrib#kali.2024`, `Linux/4.19.0-parrot1-13t-amd64`.
  { name: 'Kali Linux', kind: 'pentest-system', mark: 'kali', source: GUARD_DUTY },
  { name: 'Parrot Linux', kind: 'pentest-system', mark: '-parrot', source: GUARD_DUTY },
  { name: 'Parrot Linux', kind: 'pentest-system', mark: 'distrib#parrot', source: GUARD_DUTY },
  { name: 'Pentoo Linux', kind: 'pentest-system', mark: 'pentoo', source: GUARD_DUTY },
  crs('Nuclei'),
  crs('sqlmap'),
  crs('Nmap'),
  crs('masscan'),
  crs('ZGrab'),
  crs('Nikto'),
  crs('ffuf', 'fuzz faster'),
  { name: 'ffuf', kind: 'scanner', mark: 'ffuf', source: PROJECT('ffuf/ffuf') },
  crs('gobuster'),
  crs('DirBuster'),
  crs('wfuzz'),
  crs('feroxbuster'),
  crs('WPScan'),
  crs('Nessus'),
  crs('OpenVAS'),
  crs('Acunetix'),
  crs('Netsparker'),
  crs('Arachni'),
  crs('Commix'),
  crs('XSStrike'),
  crs('WhatWeb'),
  crs('w3af', 'w3af.org'),
  crs('Wapiti'),
  crs('Skipfish'),
  crs('Hydra', 'mozilla/4.0 (hydra)'),
  crs('l9explore'),
  crs('l9tcpid'),
  crs('Tsunami', 'tsunamisecurityscanner'),
  crs('graphw00f'),
  crs('graphql-cop'),
];

/** What a person calls by hand: nothing by itself, on a key that only SDKs used it is. */
export const BY_HAND = [
  'curl',
  'wget',
  'python-requests',
  'python-urllib',
  'httpie',
  'postmanruntime',
  'insomnia',
  'bruno-runtime',
  'powershell',
  'windowspowershell',
] as const;

/** What agents of SDKs say. */
export const SDK_MARKS = ['sdk', 'boto', 'botocore', 'bindings'] as const;
