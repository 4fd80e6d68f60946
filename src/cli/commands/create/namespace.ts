import { defineGenerator } from './generator.ts';

export const createNamespace = defineGenerator({
  name: 'namespace',
  aliases: ['ns'],
  usage: 'NAME',
  summary: 'Create a namespace with the specified name.',
  clusterScoped: true,
  flags: [],
  build: (_, name) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name }, spec: {}, status: {} }),
});
