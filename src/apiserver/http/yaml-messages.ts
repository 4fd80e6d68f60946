import type { YamlReading } from '#machinery/yaml.ts';

/** What the thread that reads YAML answers to a text: what it says, what is wrong with it, or why it could not be read. */
export type YamlReply = YamlReading | { readonly problem: string } | { readonly failure: string };
