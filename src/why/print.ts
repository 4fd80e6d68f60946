/** An explanation as text: the headline, what shows it, what would change it. */
import type { Evidence, Explanation, Finding } from './explanation.ts';

const linesOf = (evidence: readonly Evidence[], depth: number): string[] =>
  evidence.flatMap(one => [`${'  '.repeat(depth)}${one.text}`, ...linesOf(one.evidence ?? [], depth + 1)]);

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`${title}:`, ...lines.map(line => `  - ${line}`)];
}

export function explanationText(explained: Explanation): string {
  const { headline, findings, origin, unread } = explained;
  const [first, ...rest] = findings;
  const more = (finding: Finding) => [capital(finding.text), ...linesOf(finding.evidence, 1)];
  const lines = [
    headline,
    ...linesOf(first?.evidence ?? [], 1),
    ...rest.flatMap(more),
    ...linesOf(origin, 0),
    ...section('What would change it', remediesOf(explained)),
    ...section('Not known, for it could not be read', unread),
  ];
  return `${lines.join('\n')}\n`;
}

/** Of all findings, each once. */
export function remediesOf({ findings }: Explanation): string[] {
  return [...new Set(findings.flatMap(finding => finding.remedies))];
}

/** For programs: `-o json` and `-o yaml`. docs/why.md says what stands where. */
export function explanationObject(explained: Explanation) {
  const { subject, verdict, headline, findings, origin, unread } = explained;
  return {
    apiVersion: 'why.coxswain.dev/v1',
    kind: 'Explanation',
    metadata: { name: subject.name, ...(subject.namespace ? { namespace: subject.namespace } : {}) },
    subject,
    verdict,
    headline,
    findings,
    origin,
    remedies: remediesOf(explained),
    unread,
  };
}
