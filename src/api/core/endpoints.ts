import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { Endpoints } from '../generated/types/core.v1.ts';

const shownMax = 3;

function hostPort(ip: string, port: number): string {
  return ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`;
}

function endpointsText(object: Endpoints): string {
  const all = (object.subsets ?? []).flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(address => address.ip)
      : ports.flatMap(port => addresses.map(address => hostPort(address.ip, port.port))),
  );
  if ((object.subsets ?? []).length === 0) return '<none>';
  const shown = all.slice(0, shownMax).join(',');
  return all.length > shownMax ? `${shown} + ${all.length - shownMax} more...` : shown;
}

function setDefaults(object: Endpoints): void {
  for (const { ports } of object.subsets ?? []) {
    for (const port of ports ?? []) port.protocol ||= 'TCP';
  }
}

export const endpointsResource = defineResource<Endpoints>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.Endpoints' }],
  kind: 'Endpoints',
  resource: 'endpoints',
  singular: 'endpoints',
  shortNames: ['ep'],
  namespaced: true,
  strategy: { allowCreateOnUpdate: true, setDefaults },
  columns: [nameColumn, column('Endpoints'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, endpointsText(object), age(object, nowMs)],
});
