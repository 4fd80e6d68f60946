import { age, ageColumn, column, listText, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { EndpointSlice } from '../generated/types/discovery.v1.ts';

const shownMax = 3;

function setDefaults(object: EndpointSlice): void {
  for (const port of object.ports ?? []) {
    port.name ??= '';
    port.protocol ??= 'TCP';
  }
}

export const endpointSliceResource = defineResource<EndpointSlice>({
  group: 'discovery.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.discovery.v1.EndpointSlice' }],
  kind: 'EndpointSlice',
  resource: 'endpointslices',
  singular: 'endpointslice',
  namespaced: true,
  strategy: { generation: true, setDefaults },
  columns: [nameColumn, column('AddressType'), column('Ports'), column('Endpoints'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.name,
    object.addressType,
    listText(
      (object.ports ?? []).map(({ port, name }) => (port === undefined ? (name ?? '*') : String(port))),
      shownMax,
    ),
    listText(
      (object.endpoints ?? []).flatMap(endpoint => endpoint.addresses),
      shownMax,
    ),
    age(object, nowMs),
  ],
});
