import type { KubeObject } from '#machinery/object.ts';
import { type Status, hasReason, statusError } from '#machinery/status.ts';
import { decodeDeleteOptions } from '../decode.ts';
import { isTrue } from '#machinery/query.ts';
import { type DeleteOptions, deleteObject } from '../resources/delete.ts';
import type { Entry } from '../resources/entry.ts';
import type { ApiResponse } from '../response.ts';
import { type ResourceRequest, type Services, warn, writeContext } from './context.ts';
import { checkDeleteOptions, integerOption } from './options.ts';
import { listed, parseList, readListOptions } from './read.ts';

const deletionsAtOnce = 256;

export async function deleteHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const { served, info } = call;
  const { options, dryRun } = deleteOptions(services, call);
  const refusal = served.definition.strategy.refuseDelete?.(info.name);
  if (refusal !== undefined) throw statusError.forbidden(served.what, info.name, refusal);
  const context = { ...writeContext(services, call), dryRun };
  const { entry, gone } = await deleteObject(services, context, info.name, options);
  if (!gone || served.definition.strategy.returnDeletedObject)
    return { type: 'entry', status: !gone && options.orphanDependents === false ? 202 : 200, served, entry };
  return { type: 'value', status: 200, value: deletedStatus(call, entry.object) };
}

function deletedStatus(call: ResourceRequest, object: KubeObject): Omit<Status, 'code'> {
  const { group, resource } = call.served.what;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: object.metadata.name!,
      ...(group ? { group } : {}),
      kind: resource,
      uid: object.metadata.uid!,
    },
  };
}

/** Deletes each object of a list as a DELETE of its own would; answers the list. */
export async function deleteCollectionHandler(
  services: Services,
  call: ResourceRequest,
): Promise<ApiResponse> {
  const listOptions = readListOptions(call);
  const asked = deleteOptions(services, call);
  const list = await parseList(services, call, listOptions);
  const response = await listed(services, call, list);
  await deleteAll(services, call, response.entries, asked);
  return response;
}

/** Some at a time, so that their writes share commits and others get their turn. */
async function deleteAll(
  services: Services,
  call: ResourceRequest,
  entries: readonly Entry[],
  asked: AskedDeletion,
): Promise<void> {
  const waiting = entries.values();
  const work = async () => {
    for (const entry of waiting) {
      await services.slice.breathe();
      await deleteOne(services, call, entry, asked);
    }
  };
  await Promise.all(Array.from({ length: deletionsAtOnce }, work));
}

async function deleteOne(
  services: Services,
  call: ResourceRequest,
  entry: Entry,
  { options, dryRun }: AskedDeletion,
): Promise<void> {
  const { name, namespace = '' } = entry.object.metadata;
  try {
    // The request is for the collection: upstream's admission is told no name.
    await deleteObject(services, { ...writeContext(services, call), dryRun, namespace }, name!, options, '');
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
}

interface AskedDeletion {
  readonly options: DeleteOptions;
  readonly dryRun: boolean;
}

/** DeleteOptions from the body, or from the query where there is no body. */
function deleteOptions(services: Services, call: ResourceRequest): AskedDeletion {
  const { query } = call.request;
  const body = decodeDeleteOptions(services, call.request) as
    | (DeleteOptions & { dryRun?: string[] })
    | undefined;
  // Whoever sends a body says all of it there.
  const dryRun = body ? (body.dryRun ?? []) : query.getAll('dryRun');
  const options: DeleteOptions = body ?? fromQuery(query, dryRun);
  checkDeleteOptions(options, dryRun);
  const { deletionWarning } = call.served.stored.strategy;
  const saysNothing = options.propagationPolicy === undefined && options.orphanDependents === undefined;
  if (deletionWarning !== undefined && saysNothing) warn(call, deletionWarning);
  return { options, dryRun: dryRun.length > 0 };
}

function fromQuery(query: URLSearchParams, dryRun: readonly string[]): DeleteOptions {
  const policy = query.get('propagationPolicy');
  return {
    ...(query.has('gracePeriodSeconds')
      ? { gracePeriodSeconds: integerOption(query, 'gracePeriodSeconds') }
      : {}),
    ...(policy !== null ? { propagationPolicy: policy as 'Orphan' } : {}),
    ...(dryRun.length > 0 ? { dryRun } : {}),
    ...(query.has('orphanDependents') ? { orphanDependents: isTrue(query.get('orphanDependents')) } : {}),
  };
}
