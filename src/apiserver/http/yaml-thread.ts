import { parentPort } from 'node:worker_threads';
import { DecodeError } from '#machinery/decode-error.ts';
import { readYaml } from '#machinery/yaml.ts';
import type { YamlReply } from './yaml-messages.ts';

// The thread that reads large YAML: a text in, what it says out, in order.

const port = parentPort!;

function replyTo(text: string): YamlReply {
  try {
    return readYaml(text);
  } catch (error) {
    return error instanceof DecodeError ? { problem: error.message } : { failure: String(error) };
  }
}

port.on('message', (text: string) => port.postMessage(replyTo(text)));
