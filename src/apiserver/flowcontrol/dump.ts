/** Tables of what waits for what, for people who wonder why (upstream's debug endpoints of priority and fairness). */
import type { Clock } from '#base/clock.ts';
import { formatDuration } from '#machinery/go-values.ts';
import type { FlowControl } from './flow-control.ts';
import type { Waiter } from './flow-queue.ts';
import type { PriorityLevel } from './priority-level.ts';
import { totalWork } from './queue-set.ts';

type Cell = string | number | boolean;
type Row = readonly Cell[];

/** `name` is what the path of the table ends with. */
export function flowDump(
  control: FlowControl,
  clock: Clock,
  name: string,
  detailed: boolean,
): string | undefined {
  const levels = [...control.levels].sort((a, b) => (a.name < b.name ? -1 : 1));
  switch (name) {
    case 'priority_levels':
      return tableText([levelColumns, ...levels.map(levelRow)]);
    case 'queues':
      return tableText([queueColumns, ...levels.flatMap(queueRows)]);
    case 'requests': {
      const columns = detailed ? [...requestColumns, ...detailColumns] : requestColumns;
      return tableText([columns, ...levels.flatMap(level => requestRows(control, clock, level, detailed))]);
    }
    default:
      return undefined;
  }
}

const levelColumns = [
  'PriorityLevelName',
  'ActiveQueues',
  'IsIdle',
  'IsQuiescing',
  'WaitingRequests',
  'ExecutingRequests',
  'DispatchedRequests',
  'RejectedRequests',
  'TimedoutRequests',
  'CancelledRequests',
];

function levelRow({ name, queues }: PriorityLevel): Row {
  const { waiting, executing, dispatched, rejected, timedOut, cancelled } = queues.counts;
  const active = queues.queues.filter(({ length }) => length > 0).length;
  // A level that is gone is not shown any more, though its last requests are still answered.
  const quiescing = false;
  const counts = [waiting, executing, dispatched, rejected, timedOut, cancelled];
  return [name, active, queues.isIdle, quiescing, ...counts];
}

const queueColumns = [
  'PriorityLevelName',
  'Index',
  'PendingRequests',
  'ExecutingRequests',
  'SeatsInUse',
  'NextDispatchR',
  'InitialSeatsSum',
  'MaxSeatsSum',
  'TotalWorkSum',
];

function queueRows({ name, queues }: PriorityLevel): Row[] {
  return queues.queues.map((queue, i) => {
    const { waiters, executing, seatsInUse, nextVirtual } = queue;
    const sum = (of: (waiter: Waiter) => number) => waiters.reduce((total, waiter) => total + of(waiter), 0);
    return [
      name,
      i,
      waiters.length,
      executing,
      seatsInUse,
      seatSeconds(nextVirtual),
      sum(({ work }) => work.seats),
      sum(({ width }) => width),
      seatSeconds(sum(({ work }) => totalWork(work))),
    ];
  });
}

const requestColumns = [
  'PriorityLevelName',
  'FlowSchemaName',
  'QueueIndex',
  'RequestIndexInQueue',
  // Upstream's own spelling.
  'FlowDistingsher',
  'ArriveTime',
  'InitialSeats',
  'FinalSeats',
  'AdditionalLatency',
  'StartTime',
];
/** Go's time of nothing: who waits has not started. */
const notStarted = '0001-01-01T00:00:00Z';
const detailColumns = [
  'UserName',
  'Verb',
  'APIPath',
  'Namespace',
  'Name',
  'APIVersion',
  'Resource',
  'SubResource',
];

function requestRows(control: FlowControl, clock: Clock, level: PriorityLevel, detailed: boolean): Row[] {
  return level.queues.queues.flatMap((queue, queueIndex) =>
    queue.waiters.flatMap(({ asking, work, arrivalMs }, index) => {
      if (!asking) return [];
      const { request, info } = asking;
      const { id } = control.flowOf(request.user, info);
      const slash = id.indexOf('/');
      const [schema, distinguisher] = [id.slice(0, slash), id.slice(slash + 1)];
      const arrived = new Date(clock.now() - (clock.monotonicMs() - arrivalMs)).toISOString();
      const { seats, finalSeats = 0, finalMs = 0 } = work;
      const latency = formatDuration(BigInt(Math.round(finalMs * 1e6)));
      const place = [level.name, schema, queueIndex, index, distinguisher];
      const row = [...place, arrived, seats, finalSeats, latency, notStarted];
      if (!detailed) return [row];
      const { verb, path, namespace, name, group, version, resource, subresource } = info;
      const apiVersion = group === '' ? version : `${group}/${version}`;
      return [[...row, request.user.name, verb, path, namespace, name, apiVersion, resource, subresource]];
    }),
  );
}

/** As upstream writes what fair queuing counts. */
function seatSeconds(amount: number): string {
  return `${amount.toFixed(8)}ss`;
}

const widthMin = 8;

/** Cells end with commas, so that programs can read them, and stand below each other, so that people can. */
function tableText(rows: readonly Row[]): string {
  const texts = rows.map(row => row.map((cell, i) => (i === row.length - 1 ? `${cell}` : `${cell},`)));
  const widths = texts[0]!.map((_, i) => Math.max(widthMin, ...texts.map(row => row[i]!.length + 1)));
  const lines = texts.map(row =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i]!))).join(''),
  );
  return `${lines.join('\n')}\n`;
}
