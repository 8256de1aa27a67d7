import type { Tool, ToolKind } from './scanners.js';

/** What a user agent is to the rule. `others`: neither a tool of interest nor an SDK. */
export type AgentKind =
  | { readonly is: 'tool'; readonly name: string; readonly kind: ToolKind }
  | { readonly is: 'by-hand'; readonly name: string }
  | { readonly is: 'sdk' | 'others' | 'own' | 'unknown' };

export interface Marks {
  readonly tools: readonly Tool[];
  readonly own: readonly string[];
  readonly byHand: readonly string[];
  readonly sdk: readonly string[];
}

const MAX_REMEMBERED = 2048;
const MAX_LENGTH = 512;
const UNKNOWN: AgentKind = { is: 'unknown' };
const OWN: AgentKind = { is: 'own' };
const SDK: AgentKind = { is: 'sdk' };
const OTHERS: AgentKind = { is: 'others' };

/**
 * Tells agents apart, by marks in any case. A mark counts where a word begins and no letter follows it, so that `kali` is in
 * `6.1.0-kali9-amd64` but not in `kalibrate`. Of several tools the first of the list. What was found is remembered, as
 * there are few agents and many requests.
 */
export function agentKinds({ tools, own, byHand, sdk }: Marks): (agent: string) => AgentKind {
  const remembered = new Map<string, AgentKind>();
  const isTool = anyOf(tools.map(({ mark }) => mark));
  const isOwn = anyOf(own);
  const isSdk = anyOf(sdk);
  const each = tools.map((tool) => ({ tool, matches: anyOf([tool.mark]) }));
  const hands = byHand.map((name) => ({ name, matches: anyOf([name]) }));

  function find(agent: string): AgentKind {
    if (isOwn(agent)) return OWN;
    if (isTool(agent)) {
      const tool = each.find(({ matches }) => matches(agent))?.tool;
      if (tool !== undefined) return { is: 'tool', name: tool.name, kind: tool.kind };
    }
    // First: SDKs name the library that they are built on, as in `aws-sdk-php/3.3 curl/8.5`.
    if (isSdk(agent)) return SDK;
    const hand = hands.find(({ matches }) => matches(agent));
    return hand === undefined ? OTHERS : { is: 'by-hand', name: hand.name };
  }

  return (agent) => {
    if (agent === '') return UNKNOWN;
    const known = remembered.get(agent);
    if (known !== undefined) return known;
    const kind = find(agent);
    if (agent.length <= MAX_LENGTH) {
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(agent, kind);
    }
    return kind;
  };
}

function anyOf(marks: readonly string[]): (agent: string) => boolean {
  if (marks.length === 0) return () => false;
  const words = marks.map((mark) => {
    const text = mark.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
    return /^[a-z0-9]/i.test(mark) ? `(?<![a-z0-9])${text}` : text;
  });
  const pattern = new RegExp(`(?:${words.join('|')})(?![a-z])`, 'i');
  return (agent) => pattern.test(agent);
}
