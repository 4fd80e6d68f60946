import type { KubeList, KubeObject, WatchEvent } from '#machinery/object.ts';
import { StatusError } from '#machinery/status.ts';
import {
  allNamespacesFlag,
  chunkSizeFlag,
  fieldSelectorFlag,
  filenameFlags,
  printFlags,
  selectorFlag,
  subresourceFlag,
} from '../core/flag-groups.ts';
import { defineCommand } from '../core/command.ts';
import type { CliContext } from '../core/context.ts';
import type { Mapping } from '../core/discovery.ts';
import { namesFiles } from '../core/named-files.ts';
import { requestRaw } from '../core/raw.ts';
import {
  isNotFound,
  listNamespace,
  type ResourceInfo,
  type Selection,
  select,
  selectorQuery,
} from '../core/resources.ts';
import { since } from '../describe/text.ts';
import { CliError, throwAll } from '../errors.ts';
import { type ObjectPrinter, printerOf, qualifiedKind, splitOutput } from '../print/printer.ts';
import { sortObjects, sortRows } from '../print/sort.ts';
import { isTable, type Table, TablePrinter } from '../print/table.ts';

export const getCommand = defineCommand({
  name: 'get',
  suggestFor: ['list', 'ls'],
  usage: '[(-o|--output=)...] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...)',
  summary: 'Display one or many resources.',
  examples: ['% get pods', '% get pods -o wide', '% get -o json pod web-pod-13je7', '% get rc,services'],
  flags: [
    ...printFlags,
    ...filenameFlags,
    selectorFlag,
    fieldSelectorFlag,
    allNamespacesFlag,
    chunkSizeFlag,
    subresourceFlag,
    {
      name: 'watch',
      short: 'w',
      type: 'bool',
      help: 'After listing/getting the requested object, watch for changes.',
    },
    {
      name: 'watch-only',
      type: 'bool',
      help: 'Watch for changes to the requested object(s), without listing/getting first.',
    },
    {
      name: 'output-watch-events',
      type: 'bool',
      help: 'Output watch event objects when --watch or --watch-only is used.',
    },
    {
      name: 'ignore-not-found',
      type: 'bool',
      help: 'Suppress the NotFound error for objects that do not exist.',
    },
    {
      name: 'no-headers',
      type: 'bool',
      help: "When using the default or custom-column output format, don't print headers.",
    },
    { name: 'show-labels', type: 'bool', help: 'When printing, show all labels as the last column.' },
    {
      name: 'show-kind',
      type: 'bool',
      help: 'If present, list the resource type for the requested object(s).',
    },
    {
      name: 'label-columns',
      short: 'L',
      type: 'list',
      help: 'Labels that are going to be presented as columns.',
    },
    {
      name: 'sort-by',
      type: 'string',
      help: "Sort list types using this JSONPath expression, e.g. '{.metadata.name}'.",
    },
    { name: 'raw', type: 'string', help: 'Raw URI to request from the server.' },
    { name: 'server-print', type: 'bool', default: true, help: 'Have the server return the table output.' },
  ],
  run: async context => {
    const { flags, args } = context;
    if (flags.string('raw')) return getRaw(context);
    const { format } = splitOutput(flags);
    if (flags.bool('show-labels') && !['', 'wide'].includes(format))
      throw new CliError(`--show-labels option cannot be used with ${flags.string('output')} printer`);
    const watching = flags.bool('watch') || flags.bool('watch-only');
    if (flags.bool('output-watch-events') && !watching)
      throw new CliError('--output-watch-events option can only be used with --watch or --watch-only');
    if (!watching && args.length === 0 && !namesFiles(flags)) return missingType(context);
    const printer = await printerOf(flags, context.io.fs, { noHeaders: flags.bool('no-headers') });
    const unread: unknown[] = [];
    const selection = await select(context, { allowTypeAlone: true, onError: error => unread.push(error) });
    if (watching) {
      throwAll(unread);
      return watchSelected(context, selection, printer);
    }
    if (printer) return printObjects(context, { ...selection, unread }, printer);
    return printTables(context, { ...selection, unread });
  },
});

async function getRaw(context: CliContext): Promise<void> {
  const { flags, args } = context;
  if (args.length > 0) throw new CliError('arguments may not be passed when --raw is specified');
  if (flags.bool('watch') || flags.bool('watch-only') || flags.string('selector') !== '')
    throw new CliError(
      '--raw may not be specified with other flags that filter the server request or alter the output',
    );
  if (flags.string('output') !== '') throw new CliError('--raw and --output are mutually exclusive');
  await requestRaw(context, 'GET');
}

function missingType(context: CliContext): never {
  const { program } = context;
  context.error(
    `You must specify the type of resource to get. Use "${program} api-resources" for a complete list of supported resources.\n\n`,
  );
  throw context.usageError(
    `Required resource not specified.\nUse "${program} explain <resource>" for a detailed description of that resource (e.g. ${program} explain pods).`,
  );
}

/** A selection, and the failures of the files that could not be read. */
interface PartlyRead extends Selection {
  readonly unread: readonly unknown[];
}

/** Runs every read that the selection asks for; failures of single ones are collected. */
async function readAll<T>(
  context: CliContext,
  selection: PartlyRead,
  one: (info: ResourceInfo) => Promise<T[]>,
  all: (mapping: Mapping) => Promise<T[]>,
): Promise<{ found: T[]; errors: unknown[] }> {
  const found: T[] = [];
  const errors: unknown[] = [];
  const attempt = async (read: () => Promise<T[]>) => {
    try {
      found.push(...(await read()));
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      if (!(isNotFound(error) && context.flags.bool('ignore-not-found'))) errors.push(error);
    }
  };
  for (const info of selection.infos) await attempt(() => one(info));
  for (const mapping of selection.types) await attempt(() => all(mapping));
  return { found, errors: [...errors, ...selection.unread] };
}

async function printObjects(
  context: CliContext,
  selection: PartlyRead,
  printer: ObjectPrinter,
): Promise<void> {
  const api = await context.api();
  const { flags } = context;
  const subresource = flags.string('subresource') || undefined;
  const single =
    selection.infos.length === 1 && selection.types.length === 0 && selection.unread.length === 0;
  const { found, errors } = await readAll<KubeObject>(
    context,
    selection,
    async info => [await api.get(info.mapping, info.namespace, info.name, subresource)],
    async mapping =>
      (
        await api.listAll(
          mapping,
          await listNamespace(context, mapping),
          selectorQuery(context),
          flags.int('chunk-size'),
        )
      ).items,
  );
  if (single && errors.length > 0) throw errors[0];
  if (found.length === 0 && flags.bool('ignore-not-found')) return throwAll(errors);
  const items = flags.string('sort-by') ? sortObjects(found, flags.string('sort-by')) : found;
  const { format } = splitOutput(flags);
  if (single) context.out(printer.print(items[0]!));
  else if (format === 'name') for (const item of items) context.out(printer.print(item));
  else context.out(printer.print(listOf(items)));
  context.out(printer.flush());
  throwAll(errors);
}

function listOf(items: KubeObject[]): KubeObject {
  const list: KubeList = { apiVersion: 'v1', kind: 'List', metadata: { resourceVersion: '' }, items };
  return list as unknown as KubeObject;
}

interface TableOf {
  readonly mapping: Mapping;
  readonly table: Table;
}

async function printTables(context: CliContext, selection: PartlyRead): Promise<void> {
  const { flags } = context;
  const { found, errors } = await readAll<TableOf>(
    context,
    selection,
    async info => [{ mapping: info.mapping, table: await oneTable(context, info) }],
    async mapping => (await listTables(context, mapping)).map(table => ({ mapping, table })),
  );
  const groups = groupByMapping(found);
  const mappings = new Set([...selection.infos.map(info => info.mapping), ...selection.types]);
  // Whether names need their kind depends on what was found, not on what was asked for.
  const several = new Set(found.map(({ mapping }) => mapping)).size > 1;
  let written = false;
  for (const { mapping, tables } of groups) {
    const rows = tables.reduce((count, table) => count + table.rows.length, 0);
    if (rows === 0) continue;
    if (written && !flags.bool('no-headers')) context.out('\n');
    const printer = new TablePrinter(tableOptions(context, mapping, several));
    for (const table of sorted(context, tables)) printer.print(table);
    context.out(printer.flush());
    written = true;
  }
  if (!written && errors.length === 0 && !flags.bool('ignore-not-found'))
    await nothingFound(context, mappings);
  throwAll(errors);
}

function sorted(context: CliContext, tables: readonly Table[]): readonly Table[] {
  const sortBy = context.flags.string('sort-by');
  return sortBy ? tables.map(table => sortRows(table, sortBy)) : tables;
}

async function nothingFound(context: CliContext, mappings: ReadonlySet<Mapping>): Promise<void> {
  const namespaced =
    !context.flags.bool('all-namespaces') && [...mappings].every(mapping => mapping.namespaced);
  const { name } = await context.namespace();
  context.error(namespaced ? `No resources found in ${name} namespace.\n` : 'No resources found\n');
}

function groupByMapping(found: readonly TableOf[]): { mapping: Mapping; tables: Table[] }[] {
  const groups: { mapping: Mapping; tables: Table[] }[] = [];
  for (const { mapping, table } of found) {
    const last = groups.at(-1);
    if (last?.mapping === mapping) last.tables.push(table);
    else groups.push({ mapping, tables: [table] });
  }
  return groups;
}

function tableOptions(context: CliContext, mapping: Mapping, several: boolean) {
  const { flags } = context;
  return {
    wide: splitOutput(flags).format === 'wide',
    noHeaders: flags.bool('no-headers'),
    withNamespace: flags.bool('all-namespaces') && mapping.namespaced,
    kindPrefix: several || flags.bool('show-kind') ? qualifiedKind(mapping.kind, mapping.group) : '',
    showLabels: flags.bool('show-labels'),
    labelColumns: flags.list('label-columns'),
  };
}

function includeObject(context: CliContext): Record<string, string | undefined> {
  return context.flags.string('sort-by') && context.flags.bool('server-print')
    ? { includeObject: 'Object' }
    : {};
}

async function oneTable(context: CliContext, info: ResourceInfo): Promise<Table> {
  const api = await context.api();
  const body = await api.getTable(
    info.mapping,
    info.namespace,
    info.name,
    includeObject(context),
    context.flags.string('subresource') || undefined,
    context.flags.bool('server-print'),
  );
  return asTable(context, body);
}

async function listTables(context: CliContext, mapping: Mapping): Promise<Table[]> {
  const api = await context.api();
  const namespace = await listNamespace(context, mapping);
  const chunk = context.flags.string('sort-by') ? 0 : context.flags.int('chunk-size');
  const printed = context.flags.bool('server-print');
  const tables: Table[] = [];
  let next: string | undefined;
  do {
    const query = {
      ...selectorQuery(context),
      ...includeObject(context),
      limit: chunk ? String(chunk) : undefined,
      continue: next,
    };
    const table = asTable(
      context,
      await api.getTable(mapping, namespace, undefined, query, undefined, printed),
    );
    tables.push(table);
    next = table.metadata?.continue || undefined;
  } while (next);
  return tables;
}

/** A server without a table for a kind answers the object; its name and age are all there is to show. */
function asTable(context: CliContext, body: unknown): Table {
  if (isTable(body)) return body;
  const object = body as KubeObject & { items?: KubeObject[] };
  const items = Array.isArray(object.items) ? object.items : [object];
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: object.metadata,
    columnDefinitions: [{ name: 'Name', format: 'name' }, { name: 'Age' }],
    rows: items.map(item => ({
      cells: [item.metadata?.name ?? '', since(item.metadata?.creationTimestamp, context.io.clock.now())],
      object: item,
    })),
  };
}

async function watchSelected(
  context: CliContext,
  selection: Selection,
  printer: ObjectPrinter | undefined,
): Promise<void> {
  const { flags } = context;
  const mappings = [...new Set([...selection.types, ...selection.infos.map(info => info.mapping)])];
  if (mappings.length !== 1 || selection.infos.length > 1)
    throw new CliError('watch is only supported on individual resources and resource collections');
  if (flags.string('sort-by'))
    context.error(
      flags.bool('watch')
        ? 'warning: --watch requested, --sort-by will be ignored for watch events received\n'
        : 'warning: --watch-only requested, --sort-by will be ignored\n',
    );
  const mapping = mappings[0]!;
  const info = selection.infos[0];
  const withEvents = flags.bool('output-watch-events');
  const tablePrinter = printer
    ? undefined
    : new TablePrinter(tableOptions(context, mapping, false), withEvents ? ['EVENT'] : []);
  const show = (type: string, object: unknown) => {
    if (tablePrinter) {
      const table = asTable(context, object);
      if (table.rows.length > 0) tablePrinter.print(table, withEvents ? [type] : []);
      context.out(tablePrinter.flush());
    } else {
      const shown = withEvents ? { type, object } : object;
      context.out(printer!.print(shown as KubeObject) + printer!.flush());
    }
  };
  const start = await initial(context, mapping, info, tablePrinter !== undefined);
  if (!flags.bool('watch-only')) for (const object of start.objects) show('ADDED', object);
  const query = info
    ? { fieldSelector: `metadata.name=${info.name}`, resourceVersion: start.resourceVersion }
    : { ...selectorQuery(context), resourceVersion: start.resourceVersion };
  const namespace = info ? info.namespace : await listNamespace(context, mapping);
  await follow(context, mapping, namespace, query, tablePrinter !== undefined, show);
}

/** What there is now, and the revision to watch from. */
async function initial(
  context: CliContext,
  mapping: Mapping,
  info: ResourceInfo | undefined,
  asTables: boolean,
): Promise<{ objects: unknown[]; resourceVersion: string | undefined }> {
  const api = await context.api();
  if (info) {
    const object = asTables
      ? await oneTable(context, info)
      : await api.get(info.mapping, info.namespace, info.name);
    const version = isTable(object)
      ? (object.rows[0]?.object?.metadata.resourceVersion ?? object.metadata?.resourceVersion)
      : object.metadata.resourceVersion;
    return { objects: [object], resourceVersion: version };
  }
  if (asTables) {
    const tables = await listTables(context, mapping);
    return { objects: tables, resourceVersion: tables[0]?.metadata?.resourceVersion };
  }
  const list = await api.listAll(mapping, await listNamespace(context, mapping), selectorQuery(context));
  return { objects: list.items, resourceVersion: list.metadata.resourceVersion };
}

function follow(
  context: CliContext,
  mapping: Mapping,
  namespace: string,
  query: Record<string, string | undefined>,
  asTables: boolean,
  show: (type: string, object: unknown) => void,
): Promise<void> {
  return context.api().then(
    api =>
      new Promise<void>((resolve, reject) => {
        const stop = () => {
          watch[Symbol.dispose]();
          resolve();
        };
        const watch = api.watchList(
          mapping,
          namespace,
          query,
          {
            event: (event: WatchEvent) => {
              if (event.type === 'ERROR') {
                watch[Symbol.dispose]();
                return reject(new StatusError(event.object as never));
              }
              if (event.type !== 'BOOKMARK') show(event.type, event.object);
            },
            end: error => {
              context.io.interrupted.removeEventListener('abort', stop);
              if (error) reject(error);
              else resolve();
            },
          },
          asTables,
        );
        context.io.interrupted.addEventListener('abort', stop, { once: true });
      }),
  );
}
