import type { TimeSlice } from '#base/time-slice.ts';
import type { KubeObject } from '#machinery/object.ts';
import { StatusError } from '#machinery/status.ts';
import { type TableOptions, partialMetadata, toTable } from '#machinery/table.ts';
import { type Representation, includeObject, negotiate } from '../http/negotiate.ts';
import type { ApiRequest } from '../request.ts';
import type { Entry } from '../resources/entry.ts';
import { cutItems, emptyList, listItem } from '../resources/list-items.ts';
import { type ServedResource, fromStorage } from '../resources/served.ts';
import type { ApiResponse } from '../response.ts';
import type { AuditTrail } from './trail.ts';

/** To whom an answer is given, and who is told of it. */
export interface Told {
  readonly trail: AuditTrail;
  readonly request: Pick<ApiRequest, 'headers' | 'query'>;
  readonly slice: TimeSlice;
  readonly nowMs: number;
}

/** How a list is told: what it is without its items, what they are called, and how each shows. */
interface Shape {
  readonly list: object;
  readonly items: 'items' | 'rows';
  show(entry: Entry): object;
}

/** Tells the trail of the object that a client is answered, as it asked for it: whole, as a table or by metadata alone. */
export async function tellAnswer(told: Told, response: ApiResponse): Promise<void> {
  const { trail, slice } = told;
  if (response.type === 'value')
    return trail.answered(JSON.stringify(trail.shown(response.value as KubeObject)));
  if (response.type === 'bytes' && response.json !== undefined) return trail.answered(response.json);
  if (response.type !== 'entry' && response.type !== 'list') return;
  const { served } = response;
  const form = formOf(told, served);
  if (!form) return;
  if (response.type === 'entry') return trail.answered(JSON.stringify(shownEntry(told, form, response)));
  const { list, items, show } = shapeOf(told, form, response);
  const texts: string[] = [];
  for (const entry of response.entries) {
    texts.push(JSON.stringify(show(entry)));
    await slice.breathe();
  }
  const [head, end] = cutItems(JSON.stringify(list), items);
  trail.answered(head + texts.join(',') + end);
}

/** Undefined where there is none that the client takes: it is refused yet. */
function formOf({ request }: Told, { definition }: ServedResource): Representation | undefined {
  try {
    return negotiate(request, form => form === 'table' || !definition.conversion);
  } catch (error) {
    if (error instanceof StatusError) return undefined;
    throw error;
  }
}

function shownEntry(
  told: Told,
  form: Representation,
  { served, entry }: ApiResponse & { type: 'entry' },
): object {
  const { definition } = served;
  const object = told.trail.shown(fromStorage(served, entry.object));
  if (form.as === 'object') return object;
  if (form.as === 'metadata') return partialMetadata(definition, object, form.metaVersion);
  const listMeta = { resourceVersion: object.metadata.resourceVersion! };
  return toTable(definition, [object], told.nowMs, tableOptions(told, form, listMeta));
}

function tableOptions({ request }: Told, { metaVersion }: Representation, listMeta: object): TableOptions {
  return { metaVersion, includeObject: includeObject(request.query), listMeta };
}

function shapeOf(
  told: Told,
  form: Representation,
  { served, metadata }: ApiResponse & { type: 'list' },
): Shape {
  const { trail, nowMs } = told;
  const { definition } = served;
  if (form.as === 'table') {
    const options = tableOptions(told, form, metadata);
    const table = toTable(definition, [], nowMs, options);
    const row = (object: KubeObject) =>
      toTable(definition, [object], nowMs, { ...options, withoutHeader: true }).rows[0]!;
    return { list: table, items: 'rows', show: ({ object }) => row(trail.shown(object)) };
  }
  if (form.as === 'metadata') {
    const { metaVersion } = form;
    return {
      list: { kind: 'PartialObjectMetadataList', apiVersion: metaVersion, metadata, items: [] },
      items: 'items',
      show: ({ object }) => partialMetadata(definition, trail.shown(object), metaVersion),
    };
  }
  const list = emptyList(served, metadata);
  return { list, items: 'items', show: entry => trail.shown(listItem(served, entry) as KubeObject) };
}
