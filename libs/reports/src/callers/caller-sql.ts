import { filterConditions, filterParams, type Filter, type SqlParams } from '../kit/sql.js';

/** IPv4 /24 or IPv6 /48 of an address, else its text: the same block as in the table of callers. */
export const ADDRESS_BLOCK = `multiIf(
        isIPv4String(source_ip), concat(IPv4NumToString(bitAnd(IPv4StringToNumOrDefault(source_ip), 0xFFFFFF00)), '/24'),
        isIPv6String(source_ip), concat(cutIPv6(toIPv6OrDefault(source_ip), 10, 0), '/48'),
        source_ip)`;

/** User agent as the table of callers has it. */
export const USER_AGENT = 'substring(user_agent, 1, 256)';

interface Chosen {
  readonly tenant?: readonly string[] | undefined;
  readonly key?: readonly string[] | undefined;
}

/**
 * Conditions that choose keys, and their values. Rows are sorted by tenant first: where only the key is named, its
 * tenants are looked up in a table that has a row for each key.
 */
export function chosenKeys({ tenant, key }: Chosen): {
  readonly conditions: readonly string[];
  readonly params: SqlParams;
} {
  const filters: Filter[] = [
    { column: 'tenant_id', param: 'tenant', values: tenant },
    { column: 'key_id', param: 'key', values: key },
  ];
  const looked = key !== undefined && tenant === undefined;
  return {
    conditions: looked
      ? [
          '(tenant_id, key_id) IN (SELECT tenant_id, key_id FROM {{database}}.key_activity WHERE key_id IN {key:Array(String)})',
        ]
      : filterConditions(filters),
    params: filterParams(filters),
  };
}
