import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Outcome } from './run.ts';

export const ledgerPath = fileURLToPath(new URL('../../docs/conformance.md', import.meta.url));

const results = ['passed', 'failed', 'not yet'] as const;

/** The ledger's text. Of a row it tells what happened, not how long it took: two runs with equal results are equal. */
export function formatLedger(outcomes: readonly Outcome[], cluster: string): string {
  const areas = [...new Set(outcomes.map(outcome => outcome.requirement.area))];
  const count = (area: string | undefined, result?: string) =>
    outcomes.filter(
      o => (area === undefined || o.requirement.area === area) && (!result || o.result === result),
    ).length;
  const totals = (name: string, area?: string) =>
    `| ${[name, ...results.map(result => count(area, result)), count(area)].join(' | ')} |`;
  return [
    '# Conformance',
    '',
    `Written by \`npm run conformance\`, never by hand. Rows ran on ${cluster}, through @kubernetes/client-node and the`,
    'upstream kubectl. "Not yet": no test is written, or it needs containers that really run.',
    '',
    '| Area | Passed | Failed | Not yet | All |',
    '|---|--:|--:|--:|--:|',
    ...areas.map(area => totals(area, area)),
    totals('**All**'),
    ...areas.flatMap(area => [
      '',
      `## ${area}`,
      '',
      ...outcomes.filter(outcome => outcome.requirement.area === area).map(line),
    ]),
    '',
  ].join('\n');
}

function line({ result, requirement, error }: Outcome): string {
  const why = error ? `\n  ${error.replaceAll('`', "'")}` : '';
  return `- ${result}: ${requirement.id}${why}`;
}

export function writeLedger(text: string): void {
  writeFileSync(ledgerPath, text);
}

/** The ids that the ledger calls passed. */
export function passedInLedger(): Set<string> {
  if (!existsSync(ledgerPath)) return new Set();
  const lines = readFileSync(ledgerPath, 'utf8').split('\n');
  const mark = '- passed: ';
  return new Set(lines.filter(text => text.startsWith(mark)).map(text => text.slice(mark.length)));
}
