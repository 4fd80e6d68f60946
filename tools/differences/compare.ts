import type { WireAnswer } from '#test/api/wire.ts';
import type { StatusCause } from '#machinery/status.ts';
import type { UpstreamAnswer } from './case.ts';

/** What of an answer is not as upstream's, one line each; none where they are equal. */
export function compareAnswers(ours: WireAnswer, upstream: UpstreamAnswer): string[] {
  if (ours.status !== upstream.status) {
    const { message } = parsed(ours) as { message?: string };
    return [`status ${ours.status}${message ? `: ${message}` : ''}`];
  }
  const problems: string[] = [];
  for (const [name, wanted] of Object.entries(upstream.headers ?? {})) {
    const header = ours.headers[name];
    const value = Array.isArray(header) ? header.join(', ') : header;
    if (!fits(value ?? '', wanted)) problems.push(`header ${name}: ${value ?? 'absent'}`);
  }
  if (upstream.text !== undefined && !fits(ours.text, upstream.text))
    problems.push(`body: ${shorten(ours.text)}`);
  if (upstream.frames) problems.push(...compareFrames(ours, upstream.frames));
  if (needsJson(upstream)) problems.push(...compareBody(parsed(ours), upstream));
  return problems;
}

function needsJson(upstream: UpstreamAnswer): boolean {
  const { reason, message, causes, details, body } = upstream;
  return [reason, message, causes, details, body].some(part => part !== undefined);
}

function parsed(answer: WireAnswer): Record<string, unknown> {
  try {
    return answer.json;
  } catch {
    return {};
  }
}

function compareBody(json: Record<string, unknown>, upstream: UpstreamAnswer): string[] {
  const problems: string[] = [];
  const { reason, message, details, body } = upstream;
  const ours = json as { reason?: string; message?: string; details?: Record<string, unknown> };
  if (reason !== undefined && (ours.reason ?? '') !== reason) problems.push(`reason ${ours.reason}`);
  if (message !== undefined && !fits(ours.message ?? '', message))
    problems.push(`message: ${ours.message ?? 'absent'}`);
  if (upstream.causes) {
    const causes = (ours.details?.causes ?? []) as StatusCause[];
    problems.push(...compareCauses(causes, upstream.causes));
  }
  if (details) problems.push(...partly(ours.details ?? {}, details, 'details'));
  if (body !== undefined) problems.push(...partly(json, body, ''));
  return problems;
}

function compareCauses(
  ours: readonly StatusCause[],
  upstream: NonNullable<UpstreamAnswer['causes']>,
): string[] {
  const same =
    ours.length === upstream.length &&
    upstream.every(([reason, field, message], i) => {
      const cause = ours[i]!;
      const isText = message === undefined || fits(cause.message ?? '', message);
      return (cause.reason ?? '') === reason && (cause.field ?? '') === field && isText;
    });
  return same ? [] : [`causes: ${JSON.stringify(ours)}`];
}

function compareFrames(ours: WireAnswer, upstream: readonly unknown[]): string[] {
  const frames = ours.text
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as unknown);
  const wanted = JSON.stringify(frames.map(frame => (frame as { type?: string }).type));
  if (frames.length !== upstream.length) return [`frames: ${wanted}`];
  return frames.flatMap((frame, i) => partly(frame, upstream[i], `frame ${i}`));
}

/** Where a value has not what is wanted of it; null wants it absent. */
function partly(value: unknown, wanted: unknown, path: string): string[] {
  if (wanted === null) return value === undefined || value === null ? [] : [`${path}: ${shorten(value)}`];
  if (wanted instanceof RegExp) return wanted.test(String(value)) ? [] : [`${path}: ${shorten(value)}`];
  if (Array.isArray(wanted)) {
    if (!Array.isArray(value) || value.length !== wanted.length) return [`${path}: ${shorten(value)}`];
    return wanted.flatMap((part, i) => partly(value[i], part, `${path}[${i}]`));
  }
  if (typeof wanted !== 'object') return Object.is(value, wanted) ? [] : [`${path}: ${shorten(value)}`];
  if (typeof value !== 'object' || value === null) return [`${path}: ${shorten(value)}`];
  return Object.entries(wanted).flatMap(([name, part]) =>
    partly((value as Record<string, unknown>)[name], part, path === '' ? name : `${path}.${name}`),
  );
}

function fits(text: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? text === wanted : wanted.test(text);
}

function shorten(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'absent');
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
