import { defineGenerator } from './generator.ts';

export const createServiceAccount = defineGenerator({
  name: 'serviceaccount',
  aliases: ['sa'],
  usage: 'NAME',
  summary: 'Create a service account with the specified name.',
  failure: 'failed to create serviceaccount:',
  flags: [],
  build: (_, name) => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name } }),
});
