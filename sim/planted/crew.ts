import { configMaps, customResourceDefinitions } from '#api/generated/refs.ts';
import type { ConfigMap } from '#api/generated/types/core.v1.ts';
import type { Client } from '#client/client.ts';
import type { KubeObject, ResourceRef } from '#machinery/object.ts';
import { controllerReference } from '#runtime/ownership.ts';
import type { Step } from '#explore/index.ts';

/** The custom resource of the planted controllers: a crew has some notes, which are ConfigMaps. */
export interface Crew extends KubeObject {
  readonly spec: { readonly size?: number; readonly text?: string };
  readonly status?: { readonly text?: string; readonly notes?: number };
}

export const crews: ResourceRef<Crew> = {
  group: 'example.com',
  version: 'v1',
  resource: 'crews',
  kind: 'Crew',
  namespaced: true,
};

export const namespace = 'default';
export const crewLabel = 'example.com/crew';

/** Serves crews; `setUp` of the explorations. */
export async function serveCrews(client: Client): Promise<void> {
  const fields = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: fields, status: fields } } };
  await client.create(customResourceDefinitions, {
    metadata: { name: 'crews.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'crews', singular: 'crew', kind: 'Crew', listKind: 'CrewList' },
      versions: [{ name: 'v1', served: true, storage: true, schema, subresources: { status: {} } }],
    },
  });
}

/** A note of a crew, with its controller reference. */
export function noteOf(crew: Crew, name: string, text = crew.spec.text ?? ''): Partial<ConfigMap> {
  return {
    metadata: {
      namespace,
      name,
      labels: { [crewLabel]: crew.metadata.name! },
      ownerReferences: [controllerReference(crews, crew)],
    },
    data: { text },
  };
}

export const step = {
  create: (name: string, spec: Crew['spec'] = {}): Step => ({
    name: `create Crew ${name}`,
    act: client => client.create(crews, { metadata: { namespace, name }, spec }),
  }),
  change: (name: string, spec: Crew['spec']): Step => ({
    name: `change Crew ${name}`,
    act: client => client.patch(crews, namespace, name, 'merge', { spec }),
  }),
  delete: (name: string): Step => ({
    name: `delete Crew ${name}`,
    act: client => client.delete(crews, namespace, name),
  }),
  note: (name: string, labels: Record<string, string> = {}): Step => ({
    name: `create ConfigMap ${name}`,
    act: client => client.create(configMaps, { metadata: { namespace, name, labels } }),
  }),
};
