/** What an explanation is: findings, worst first, each with what shows it and what would change it. */
import type { KubeObject } from '#machinery/object.ts';

/** Waiting: on its way, and nothing is known to be wrong. */
export type Verdict = 'healthy' | 'waiting' | 'problem';

/** What a line speaks of. */
export interface Reference {
  readonly kind: string;
  /** Absent for objects of the cluster. */
  readonly namespace?: string;
  readonly name: string;
}

/** One fact, with the facts that it rests on. */
export interface Evidence {
  readonly text: string;
  readonly about?: readonly Reference[];
  readonly evidence?: readonly Evidence[];
}

export interface Finding {
  /** For programs: CamelCase, stable. */
  readonly reason: string;
  readonly verdict: Verdict;
  /** One line. */
  readonly text: string;
  readonly evidence: readonly Evidence[];
  /** What would change it, each enough or a step, as the text says. */
  readonly remedies: readonly string[];
}

export interface Explanation {
  readonly subject: Reference;
  readonly verdict: Verdict;
  /** The first finding's text, after the subject. */
  readonly headline: string;
  readonly findings: readonly Finding[];
  /** Where it comes from: owners, revision. */
  readonly origin: readonly Evidence[];
  /** What could not be read, so that nothing is known of it. */
  readonly unread: readonly string[];
}

const order: readonly Verdict[] = ['problem', 'waiting', 'healthy'];

export function worst(verdicts: Iterable<Verdict>): Verdict {
  const all = new Set(verdicts);
  return order.find(verdict => all.has(verdict)) ?? 'healthy';
}

export interface FindingParts {
  readonly evidence?: readonly (Evidence | string | undefined)[];
  readonly remedies?: readonly (string | undefined)[];
}

function finding(verdict: Verdict, reason: string, text: string, parts: FindingParts = {}): Finding {
  return {
    reason,
    verdict,
    text,
    evidence: (parts.evidence ?? []).flatMap(item => {
      if (item === undefined || item === '') return [];
      return [typeof item === 'string' ? { text: item } : item];
    }),
    remedies: (parts.remedies ?? []).flatMap(remedy => (remedy ? [remedy] : [])),
  };
}

export const problem = (reason: string, text: string, parts?: FindingParts): Finding =>
  finding('problem', reason, text, parts);
export const waiting = (reason: string, text: string, parts?: FindingParts): Finding =>
  finding('waiting', reason, text, parts);
export const healthy = (reason: string, text: string, parts?: FindingParts): Finding =>
  finding('healthy', reason, text, parts);

export function referenceTo(object: KubeObject): Reference {
  const { namespace, name = '' } = object.metadata;
  return { kind: object.kind, ...(namespace ? { namespace } : {}), name };
}

/** 'Pod default/web', or 'Node a'. */
export function named({ kind, namespace, name }: Reference): string {
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}

/** A line about one object. */
export function about(object: KubeObject, text: string, evidence?: readonly Evidence[]): Evidence {
  return { text, about: [referenceTo(object)], ...(evidence?.length ? { evidence } : {}) };
}

/** Puts findings of one object together: the worst first, else in the order given. */
export function explanation(
  subject: Reference,
  findings: readonly Finding[],
  rest: { readonly origin?: readonly Evidence[]; readonly unread?: readonly string[] } = {},
): Explanation {
  const sorted = order.flatMap(verdict => findings.filter(one => one.verdict === verdict));
  return {
    subject,
    verdict: worst(sorted.map(one => one.verdict)),
    headline: `${named(subject)}: ${sorted[0]?.text ?? 'nothing to explain'}`,
    findings: sorted,
    origin: rest.origin ?? [],
    unread: rest.unread ?? [],
  };
}
