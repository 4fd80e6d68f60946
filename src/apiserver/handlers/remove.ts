import type { KubeObject } from '#machinery/object.ts';
import { type Status, hasReason, statusError } from '#machinery/status.ts';
import { decodeValue } from '../decode.ts';
import { type DeleteOptions, deleteObject } from '../resources/delete.ts';
import type { Entry } from '../resources/entry.ts';
import type { ApiResponse } from '../response.ts';
import { type ResourceRequest, type Services, writeContext } from './context.ts';
import { keyPrefix, scopeOf } from './read.ts';
import { parseSelection } from './selection.ts';

const policies = new Set(['Orphan', 'Background', 'Foreground']);

export async function deleteHandler(services: Services, call: ResourceRequest): Promise<ApiResponse> {
  const { served, info } = call;
  const options = deleteOptions(services, call);
  const { entry, gone } = await deleteObject(services, writeContext(call), info.name, options);
  if (!gone || served.definition.strategy.returnDeletedObject)
    return { type: 'entry', status: 200, served, entry };
  return { type: 'value', status: 200, value: deletedStatus(call, entry.object) };
}

function deletedStatus(call: ResourceRequest, object: KubeObject): Status {
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
    code: 200,
  };
}

/** Deletes each selected object as a DELETE of its own would; answers the list of them. */
export async function deleteCollectionHandler(
  services: Services,
  call: ResourceRequest,
): Promise<ApiResponse> {
  const { served, request } = call;
  const options = deleteOptions(services, call);
  const selection = parseSelection(request.query, served);
  const limit = Number(request.query.get('limit') ?? 0);
  const prefix = keyPrefix(scopeOf(call));
  const chosen = served.cache
    .list(prefix, prefix, 0)
    .entries.filter(entry => selection.matches(entry.object));
  const entries = limit > 0 ? chosen.slice(0, limit) : chosen;
  await Promise.all(entries.map(entry => deleteOne(services, call, entry, options)));
  return { type: 'list', served, entries, metadata: { resourceVersion: String(services.cache.revision) } };
}

async function deleteOne(services: Services, call: ResourceRequest, entry: Entry, options: DeleteOptions) {
  const { name, namespace } = entry.object.metadata;
  try {
    await deleteObject(services, { ...writeContext(call), namespace: namespace ?? '' }, name!, options);
  } catch (error) {
    if (!hasReason(error, 'NotFound')) throw error;
  }
}

/** DeleteOptions from the body, or from the query where there is no body. */
function deleteOptions(services: Services, call: ResourceRequest): DeleteOptions {
  const { query } = call.request;
  const body = decodeValue(services, call.request) as (DeleteOptions & { dryRun?: string[] }) | undefined;
  const options: DeleteOptions = body ? { ...body } : fromQuery(query);
  if (body?.dryRun?.length) query.set('dryRun', body.dryRun[0]!);
  check(options);
  return options;
}

function fromQuery(query: URLSearchParams): DeleteOptions {
  const grace = query.get('gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  const orphan = query.get('orphanDependents');
  return {
    ...(grace ? { gracePeriodSeconds: Number(grace) } : {}),
    ...(policy ? { propagationPolicy: policy as 'Orphan' } : {}),
    ...(orphan ? { orphanDependents: orphan === 'true' } : {}),
  };
}

function check(options: DeleteOptions): void {
  const invalid = (message: string) =>
    statusError.badRequest(`DeleteOptions.meta.k8s.io "" is invalid: ${message}`);
  const { gracePeriodSeconds, propagationPolicy, orphanDependents } = options;
  if (gracePeriodSeconds !== undefined && !Number.isSafeInteger(gracePeriodSeconds)) {
    throw invalid(
      `gracePeriodSeconds: Invalid value: ${JSON.stringify(gracePeriodSeconds)}: must be an integer`,
    );
  }
  if (propagationPolicy !== undefined && orphanDependents !== undefined) {
    throw invalid(
      `propagationPolicy: Invalid value: ${JSON.stringify(propagationPolicy)}: orphanDependents and deletionPropagation cannot be both set`,
    );
  }
  if (propagationPolicy !== undefined && !policies.has(propagationPolicy)) {
    throw invalid(
      `propagationPolicy: Unsupported value: ${JSON.stringify(propagationPolicy)}: supported values: "Background", "Foreground", "Orphan", "nil"`,
    );
  }
}
