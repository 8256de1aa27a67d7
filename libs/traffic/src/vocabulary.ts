/** Fixed words of the generated world. Addresses and names are those reserved for documentation. */

export const ENVIRONMENTS = ['production', 'staging', 'development'] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** RFC 5737. */
export const IPV4_NETS = ['192.0.2', '198.51.100', '203.0.113'] as const;
/** RFC 3849: 2001:db8::/32. */
export const IPV6_NET = '2001:db8';
/** RFC 2606; every tenant has a name below it. */
export const MAIL_DOMAIN = 'example.com';

export const REGIONS = ['eu-central-1', 'eu-west-1', 'us-east-1', 'ap-southeast-2'] as const;

export const FIRST_NAMES = [
  'ana',
  'bo',
  'chidi',
  'dara',
  'elif',
  'femi',
  'goran',
  'hana',
  'ines',
  'jun',
  'kaya',
  'leo',
  'mira',
] as const;
export const LAST_NAMES = [
  'silva',
  'berg',
  'okafor',
  'novak',
  'tanaka',
  'costa',
  'meyer',
  'haddad',
  'lind',
  'rossi',
  'kim',
] as const;
export const TEAMS = ['payments', 'search', 'mobile', 'data', 'platform'] as const;
export const KEY_PURPOSES = [
  'billing-worker',
  'checkout',
  'nightly-export',
  'mobile-backend',
  'partner-sync',
  'dashboard',
  'webhooks',
  'ci',
] as const;
export const SCOPES = ['orders:read', 'orders:write', 'customers:read', 'reports:read'] as const;

export const SDK_AGENTS = [
  'example-sdk-node/4.2.0 (node 24.1.0; linux)',
  'example-sdk-node/3.9.4 (node 20.11.1; linux)',
  'example-sdk-python/2.7.1 (python 3.12.3; linux)',
  'example-sdk-python/2.5.0 (python 3.9.18; linux)',
  'example-sdk-java/1.14.0 (java 21.0.3)',
  'example-sdk-go/0.22.1 (go1.23)',
  'example-sdk-ruby/5.0.2 (ruby 3.3.1)',
  'example-sdk-dotnet/6.1.0 (net8.0)',
] as const;
/** Tools that look for keys and holes. */
export const SCANNER_AGENTS = [
  'TruffleHog',
  'Nuclei - Open-source project (github.com/projectdiscovery/nuclei)',
  'sqlmap/1.8.4#stable (https://sqlmap.org)',
] as const;

export interface Endpoint {
  readonly method: string;
  /** Route template. */
  readonly route: string;
  readonly weight: number;
  /** Usual milliseconds. */
  readonly latencyMs: number;
  /** Usual bytes of an answer. */
  readonly bytes: number;
}

export const ENDPOINTS: readonly Endpoint[] = [
  { method: 'GET', route: '/v1/orders', weight: 18, latencyMs: 42, bytes: 9_200 },
  { method: 'GET', route: '/v1/orders/{id}', weight: 24, latencyMs: 12, bytes: 1_400 },
  { method: 'POST', route: '/v1/orders', weight: 8, latencyMs: 95, bytes: 900 },
  { method: 'PATCH', route: '/v1/orders/{id}', weight: 4, latencyMs: 60, bytes: 900 },
  { method: 'DELETE', route: '/v1/orders/{id}', weight: 1, latencyMs: 55, bytes: 0 },
  { method: 'GET', route: '/v1/customers', weight: 7, latencyMs: 38, bytes: 7_800 },
  { method: 'GET', route: '/v1/customers/{id}', weight: 13, latencyMs: 10, bytes: 1_100 },
  { method: 'POST', route: '/v1/customers', weight: 2, latencyMs: 80, bytes: 700 },
  { method: 'GET', route: '/v1/products/{id}', weight: 12, latencyMs: 8, bytes: 2_100 },
  { method: 'POST', route: '/v1/search', weight: 6, latencyMs: 130, bytes: 15_000 },
  { method: 'GET', route: '/v1/reports/{id}', weight: 2, latencyMs: 420, bytes: 64_000 },
  { method: 'POST', route: '/v1/payments', weight: 3, latencyMs: 210, bytes: 600 },
];
