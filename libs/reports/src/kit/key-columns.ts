import { z } from 'zod';
import { column, detail } from './columns.js';

const text = z.string();

/** The first columns of a report with a row per key: which it is and whose. */
export const KEY_COLUMNS = {
  tenantId: column(text, 'Tenant', 'Tenant of the key'),
  keyId: column(text, 'Key', 'Public name of the key'),
  name: detail(column(text, 'Name', 'Name given to the key')),
  owner: column(
    text,
    'Owner',
    'Who answers for the key: id, else e-mail, else team; empty: unknown',
  ),
  ownerEmail: column(text, 'E-mail', 'E-mail address of the owner; empty: unknown'),
  ownerTeam: detail(column(text, 'Team', 'Team of the owner; empty: unknown')),
  plan: column(text, 'Plan', 'Contract plan; empty: unknown'),
  environment: detail(column(text, 'Environment', 'Home environment of the key; empty: unknown')),
};
