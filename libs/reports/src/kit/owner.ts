/** Who answers for a key, from the columns owner_id, owner_email and owner_team; empty: unknown. */
export const OWNER =
  "multiIf(owner_id != '', owner_id, owner_email != '', owner_email, owner_team)";
