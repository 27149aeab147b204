/**
 * Every command with its arguments and options, as `--help` states them.
 *
 * @param {import('commander').Command} program
 * @param {string} root folder of the checkout, which is no part of a default that people read
 */
export function commandReference(program, root) {
  return program.commands.map((command) => section(command, root)).join('\n\n');
}

function section(command, root) {
  const usage = command.registeredArguments.map((each) => {
    const name = each.variadic ? `${each.name()}...` : each.name();
    return each.required ? `<${name}>` : `[${name}]`;
  });
  const choices = command.registeredArguments
    .filter((each) => each.argChoices)
    .map((each) => `\`${each.name()}\`: ${each.argChoices.map((choice) => `\`${choice}\``).join(', ')}.`);
  const rows = command.options.map(
    (option) => `| \`${option.flags}\` | ${sentence(option, root).replaceAll('|', '\\|')} |`,
  );
  return [
    `### \`prelector ${[command.name(), ...usage].join(' ')}\``,
    `${command.description().replace(/^./u, (letter) => letter.toUpperCase())}.`,
    ...choices,
    ...(rows.length > 0 ? [['| option | |', '| --- | --- |', ...rows].join('\n')] : []),
  ].join('\n\n');
}

function sentence({ description, defaultValue, mandatory }, root) {
  const shown = typeof defaultValue === 'string' ? defaultValue.replace(root, '<checkout>/') : defaultValue;
  return `${description}${mandatory ? ' (required)' : ''}${shown === undefined || shown === true ? '' : ` (default: \`${shown}\`)`}`;
}
