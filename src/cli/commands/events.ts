import type { Event } from '#api/generated/types/core.v1.ts';
import { defineCommand } from '../core/command.ts';
import { allNamespacesFlag, chunkSizeFlag, printFlags } from '../core/flag-groups.ts';
import { selectOne } from '../core/resources.ts';
import { eventAge, timeOf } from '../describe/events.ts';
import { TabWriter, tableTabs } from '../print/tabwriter.ts';

export const eventsCommand = defineCommand({
  name: 'events',
  usage: '[(-o|--output=)json|yaml|...] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]',
  summary: 'Display events.',
  examples: ['% events', '% events --for pod/web-pod-13je7 --watch', '% events --types=Warning,Normal'],
  flags: [
    ...printFlags,
    allNamespacesFlag,
    chunkSizeFlag,
    {
      name: 'for',
      type: 'string',
      help: 'Filter events to only those pertaining to the specified resource.',
    },
    { name: 'no-headers', type: 'bool', help: "When using the default output format, don't print headers." },
    { name: 'types', type: 'list', help: 'Output only events of given types.' },
    {
      name: 'watch',
      short: 'w',
      type: 'bool',
      help: 'After listing the requested events, watch for more events.',
    },
  ],
  run: async context => {
    const { flags, io } = context;
    const api = await context.api();
    const events = (await context.mapper()).resource('events');
    const namespace = flags.bool('all-namespaces') ? '' : (await context.namespace()).name;
    const subject = flags.string('for') ? await selectOne(context, [flags.string('for')]) : undefined;
    const fieldSelector = subject
      ? `involvedObject.kind=${subject.mapping.kind},involvedObject.name=${subject.name}`
      : undefined;
    const list = await api.listAll(events, namespace, { fieldSelector }, flags.int('chunk-size'));
    const wanted = (event: Event) => {
      const types = flags.list('types').map(type => type.toLowerCase());
      return types.length === 0 || types.includes((event.type ?? '').toLowerCase());
    };
    const items = (list.items as Event[]).filter(wanted).sort((a, b) => timeOf(a) - timeOf(b));
    const printer = await context.printer();
    if (printer) {
      context.out(printer.print({ ...list, items } as never) + printer.flush());
      return;
    }
    const writer = new TabWriter({ ...tableTabs, rememberWidths: true });
    const all = flags.bool('all-namespaces');
    if (items.length === 0 && !flags.bool('watch')) {
      context.error(all ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`);
      return;
    }
    if (!flags.bool('no-headers'))
      writer.write(`${all ? 'NAMESPACE\t' : ''}LAST SEEN\tTYPE\tREASON\tOBJECT\tMESSAGE\n`);
    const show = (event: Event) =>
      writer.write(`${all ? `${event.metadata.namespace}\t` : ''}${rowOf(event, io.clock.now())}\n`);
    for (const event of items) show(event);
    context.out(writer.flush());
    if (!flags.bool('watch')) return;
    await new Promise<void>((resolve, reject) => {
      const watch = api.watchList(
        events,
        namespace,
        { fieldSelector, resourceVersion: list.metadata.resourceVersion },
        {
          event({ type, object }) {
            if ((type !== 'ADDED' && type !== 'MODIFIED') || !wanted(object as Event)) return;
            show(object as Event);
            context.out(writer.flush());
          },
          end: error => (error ? reject(error) : resolve()),
        },
      );
      io.interrupted.addEventListener(
        'abort',
        () => {
          watch[Symbol.dispose]();
          resolve();
        },
        { once: true },
      );
    });
  },
});

function rowOf(event: Event, nowMs: number): string {
  const object = `${event.involvedObject?.kind ?? ''}/${event.involvedObject?.name ?? ''}`;
  return [
    eventAge(event, nowMs),
    event.type ?? '',
    event.reason ?? '',
    object,
    (event.message ?? '').trim(),
  ].join('\t');
}
