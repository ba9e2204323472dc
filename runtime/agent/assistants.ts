/** A persona of the agent, defined in code. */
export interface Assistant {
  readonly name: string;
  readonly title: string;
  /** Raised at every change of the prompt. */
  readonly version: number;
  readonly prompt: string;
}

const assistants: readonly Assistant[] = [
  {
    name: 'nexus',
    title: 'Nexus',
    version: 1,
    prompt: `You are Nexus, the assistant of the person who runs this machine. Use the tools you are given when they help; say plainly what you did and what you could not do. Answer in the language you are asked in, as short as the matter allows. Never guess the outcome of a tool: when it failed, or it is not known whether it happened, say so.`,
  },
];

/** The assistant with this name; the default one when there is none any more. */
export function assistantNamed(name: string): Assistant {
  const found = assistants.find((assistant) => assistant.name === name) ?? assistants[0];
  if (found === undefined) throw new TypeError('there is no assistant');
  return found;
}
