import type { ComponentStatus } from '#api/generated/types/core.v1.ts';
import { statusError } from '#machinery/status.ts';
import { Entry } from '../resources/entry.ts';
import type { ApiResponse } from '../response.ts';
import type { ResourceRequest, Services } from './context.ts';
import { checkListOptions, listNumbers } from './options.ts';
import { parseSelectors, selectionOf } from './selection.ts';

/** Asks the components at once; nothing of it is stored (deprecated since v1.19, served all the same). */
export async function componentStatusHandler(
  services: Services,
  call: ResourceRequest,
): Promise<ApiResponse> {
  const { served, info, request } = call;
  const all = Object.entries(services.components()).map(([name, problem]) => statusOf(name, problem));
  if (info.verb === 'list') {
    listNumbers(request.query);
    const selectors = parseSelectors(request.query);
    checkListOptions(request.query, false);
    const { matches } = selectionOf(selectors, served);
    const entries = all.filter(entry => matches(entry.object));
    return { type: 'list', served, entries, metadata: {} };
  }
  const entry = all.find(({ key }) => key === info.name);
  // The one kind that upstream does not tell by its plural.
  if (!entry) throw statusError.notFound({ group: '', resource: 'componentstatus' }, info.name);
  return { type: 'entry', status: 200, served, entry };
}

function statusOf(name: string, problem: string | undefined): Entry {
  const condition =
    problem === undefined
      ? { type: 'Healthy', status: 'True', message: 'ok' }
      : { type: 'Healthy', status: 'False', message: problem, error: problem };
  const object: ComponentStatus = {
    apiVersion: 'v1',
    kind: 'ComponentStatus',
    metadata: { name },
    conditions: [condition],
  };
  return new Entry(name, 0, object);
}
