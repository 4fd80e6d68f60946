import { setMember } from '#base/members.ts';
import { defineGenerator } from './generator.ts';
import { dataFlags, readData } from './literals.ts';

export const createConfigMap = defineGenerator({
  name: 'configmap',
  aliases: ['cm'],
  usage: 'NAME [--from-file=[key=]source] [--from-literal=key1=value1]',
  summary: 'Create a config map from a local file, directory or literal value.',
  failure: 'failed to create configmap:',
  flags: dataFlags,
  build: async (context, name) => {
    const data: Record<string, string> = {};
    const binaryData: Record<string, string> = {};
    for (const [key, value] of await readData(context)) {
      const text = utf8(value);
      if (text === undefined) setMember(binaryData, key, value.toBase64());
      else setMember(data, key, text);
    }
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name },
      ...(Object.keys(data).length > 0 ? { data } : {}),
      ...(Object.keys(binaryData).length > 0 ? { binaryData } : {}),
    };
  },
});

function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
