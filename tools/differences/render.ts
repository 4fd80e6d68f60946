import type { WireRequest } from '#test/api/wire.ts';
import type { UpstreamAnswer } from './case.ts';
import type { FamilyOutcome, Outcome } from './run.ts';

/** The table as a page: the same text for the same outcomes. */
export function renderDifferences(results: readonly FamilyOutcome[]): string {
  const all = results.flatMap(result => result.outcomes);
  const equal = all.filter(outcome => outcome.problems.length === 0).length;
  const head = [
    '# Answers beside those of an upstream API server',
    '',
    'Written by `node bin/run.js tools/differences/main.ts`, which sends each request over TLS to a cluster of its own and',
    'compares what comes back with what an upstream v1.36 API server answers, as its documentation and source have it:',
    'status, reason, message, causes, headers and body, as far as the table names them. `/…/` is an expression, where an',
    'answer holds what no two servers share. A test holds this page to what the server does.',
    '',
    `${all.length} requests: ${equal} answered as upstream answers them, ${all.length - equal} with a difference that is explained.`,
    '',
  ];
  return [...head, ...results.flatMap(renderFamily)].join('\n');
}

function renderFamily({ family, outcomes }: FamilyOutcome): string[] {
  const rows = outcomes.map(renderRow);
  const head = ['| case | request | upstream | ours |', '|---|---|---|---|'];
  return [`## ${family.title}`, '', `Known from ${family.source}.`, '', ...head, ...rows, ''];
}

function renderRow({ case: one, problems }: Outcome): string {
  const ours = problems.length === 0 ? 'equal' : `differs: ${problems.join('; ')}. ${one.differs ?? ''}`;
  return `| ${cell(one.name)} | ${cell(requestText(one.request))} | ${cell(answerText(one.upstream))} | ${cell(ours)} |`;
}

function requestText({ method = 'GET', path, headers = {}, body }: WireRequest): string {
  const type = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const text = body === undefined ? '' : ` \`${short(typeof body === 'string' ? body : bodyText(body))}\``;
  return `\`${method} ${short(path)}\`${type.length > 0 ? ` (${short(type.join('; '))})` : ''}${text}`;
}

function bodyText(body: unknown): string {
  return body instanceof Uint8Array ? `${body.length} bytes` : JSON.stringify(body);
}

function answerText({ status, ...more }: UpstreamAnswer): string {
  const parts = [`**${status}**`];
  if (more.reason !== undefined) parts.push(more.reason || 'no reason');
  if (more.message !== undefined) parts.push(shown(more.message));
  if (more.text !== undefined) parts.push(shown(more.text));
  for (const [name, value] of Object.entries(more.headers ?? {})) parts.push(`${name}: ${shown(value)}`);
  if (more.causes && typeof more.message !== 'string') {
    parts.push(`causes ${more.causes.map(([reason, field]) => `${reason} ${field}`).join(', ')}`);
  }
  for (const value of [more.details, more.body, more.frames])
    if (value !== undefined) parts.push(shown(value));
  return parts.join(' · ');
}

function shown(value: unknown): string {
  if (value instanceof RegExp) return `\`${value}\``;
  if (typeof value === 'string') return value;
  const text = JSON.stringify(value, (_, part) =>
    part instanceof RegExp || typeof part === 'bigint' ? String(part) : part,
  );
  return `\`${short(text)}\``;
}

function short(text: string): string {
  return text.length > 240 ? `${text.slice(0, 240)}…` : text;
}

/** One cell's text: a table knows no line breaks, a bar ends a cell, and brackets before brackets are a link. */
function cell(text: string): string {
  return text
    .replaceAll('|', '\\|')
    .replaceAll('](', ']\\(')
    .replace(/\n/g, ' ⏎ ')
    .replace(/\p{Cc}/gu, '·');
}
