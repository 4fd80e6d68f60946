import type { Event } from '#api/generated/types/core.v1.ts';
import { type DescriptionText, since } from './text.ts';

/** The table of events at the end of a description. */
export function describeEvents(
  text: DescriptionText,
  events: readonly Event[] | undefined,
  nowMs: number,
): void {
  if (!events) return;
  if (events.length === 0) {
    text.line(0, 'Events:\t<none>');
    return;
  }
  text.flush();
  text
    .line(0, 'Events:')
    .line(1, 'Type\tReason\tAge\tFrom\tMessage')
    .line(1, '----\t------\t----\t----\t-------');
  for (const event of [...events].sort(byTime))
    text.line(
      1,
      [
        event.type ?? '',
        event.reason ?? '',
        eventAge(event, nowMs),
        event.source?.component || event.reportingComponent || '',
        eventMessage(event),
      ].join('\t'),
    );
}

function eventMessage(event: Event): string {
  const message = (event.message ?? '').trim();
  return event.involvedObject?.fieldPath ? `${event.involvedObject.fieldPath}: ${message}` : message;
}

/** '5s' or '5s (x3 over 2m)'. */
export function eventAge(event: Event, nowMs: number): string {
  const first = event.eventTime ? since(event.eventTime, nowMs) : since(event.firstTimestamp, nowMs);
  if (event.series)
    return `${since(event.series.lastObservedTime, nowMs)} (x${event.series.count ?? 0} over ${first})`;
  if ((event.count ?? 0) > 1) return `${since(event.lastTimestamp, nowMs)} (x${event.count} over ${first})`;
  return first;
}

function byTime(a: Event, b: Event): number {
  return timeOf(a) - timeOf(b);
}

/** When the event was last seen, in milliseconds. */
export function timeOf(event: Event): number {
  const time = event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime;
  return time ? Date.parse(time) : 0;
}
