import type { WrittenOption } from './candidate.ts';
import { isVariableName } from './literal-secrets.ts';
import type { KeyValue, RegistryArgument, RegistryInput } from './registry-schema.ts';

/** Turns what a server.json asks its user for into settings, and its texts into those of a manifest. */
export class RegistryInputs {
  readonly settings: Record<string, WrittenOption> = {};
  readonly chosen: string[] = [];

  /** Arguments in order; one whose optional setting has no value is left out. */
  args(args: readonly RegistryArgument[]): readonly string[] {
    return args.flatMap((argument) => {
      if (argument.type === 'positional') {
        return [this.#text(argument, argument.valueHint ?? 'argument', argument.isRepeated)];
      }
      const { name } = argument;
      if (argument.value === '' || isSwitch(argument)) return [name];
      const text = this.#text(argument, name, false);
      // One word, so that flag and value come and go together.
      return name.startsWith('--') ? [`${name}=${text}`] : [name, text];
    });
  }

  /** Environment variables; one that is a setting of its own name needs no entry. */
  env(variables: readonly KeyValue[]): Record<string, string> {
    return Object.fromEntries(
      variables.flatMap((variable) => {
        const text = this.#text(variable, variable.name, false);
        const isOwn = text === `\${settings.${variable.name}}` && isVariableName(variable.name);
        return isOwn ? [] : [[variable.name, text] as const];
      }),
    );
  }

  headers(headers: readonly KeyValue[]): Record<string, string> {
    return Object.fromEntries(headers.map((header) => [header.name, this.#text(header, header.name, false)]));
  }

  /** A text with `{name}` of the variables it declares. */
  fill(text: string, variables: Readonly<Record<string, RegistryInput>>): string {
    return text.replaceAll(/\{([\w.-]+)\}/g, (whole, name: string) => {
      const variable = Object.hasOwn(variables, name) ? variables[name] : undefined;
      if (variable === undefined) return whole;
      return variable.value ?? this.#setting(variable, name, false);
    });
  }

  #text(
    input: RegistryInput & { readonly variables: Readonly<Record<string, RegistryInput>> },
    name: string,
    isRepeated: boolean,
  ): string {
    if (input.value !== undefined) return this.fill(input.value, input.variables);
    return this.#setting(input, name, isRepeated);
  }

  #setting(input: RegistryInput, name: string, isRepeated: boolean): string {
    const { format, description, isRequired, isSecret, default: initial, placeholder, choices } = input;
    const cleaned = name.replaceAll(/[^A-Za-z0-9_]+/g, '_').replaceAll(/^_+|_+$/g, '');
    const key = /^[A-Za-z]/.test(cleaned) ? cleaned : `key_${cleaned}`;
    const isPath = format === 'filepath';
    // The format has one word for both; a folder is what servers ask for, and a file is in one.
    const type = isPath ? (/file/i.test(name) ? 'file' : 'directory') : format;
    const about = [description, placeholder === undefined ? undefined : `For example: ${placeholder}`];
    const text = about.filter((each) => each !== undefined).join(' ');
    const value = initial === undefined || initial === '' ? undefined : typed(initial, type);
    this.settings[key] ??= {
      type,
      title: name,
      ...(text === '' ? {} : { description: text }),
      ...(isRequired ? { required: true } : {}),
      ...(isSecret ? { sensitive: true } : {}),
      ...(value === undefined || isSecret ? {} : { default: value }),
      ...(isRepeated && isPath ? { multiple: true } : {}),
      ...(choices === undefined || choices.length === 0 ? {} : { choices: [...choices] }),
    };
    const reference = `\${settings.${key}}`;
    if (isPath && !this.chosen.includes(reference)) this.chosen.push(reference);
    return reference;
  }
}

/** A flag without a value: nothing of it can be asked for. */
function isSwitch({
  value,
  default: initial,
  valueHint,
  format,
  isRequired,
  description,
}: RegistryArgument): boolean {
  return (
    value === undefined &&
    initial === undefined &&
    valueHint === undefined &&
    format === 'string' &&
    !isRequired &&
    description === undefined
  );
}

function typed(text: string, type: WrittenOption['type']): string | number | boolean {
  if (type === 'number' && Number.isFinite(Number(text))) return Number(text);
  return type === 'boolean' ? text === 'true' : text;
}
