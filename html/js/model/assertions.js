/** Pure: assertions about an answer, as rows of the form and as the API has them. */

export const SOURCES = [['header', 'Header'], ['json', 'JSON'], ['body', 'Body']];

const TEXT = [['contains', 'contains'], ['not_contains', 'does not contain'], ['matches', 'matches'], ['not_matches', 'does not match']];
const VALUE = [['equals', 'equals'], ['not_equals', 'is not'], ...TEXT, ['exists', 'is there'], ['not_exists', 'is not there'],
  ['greater_than', 'is greater than'], ['less_than', 'is less than']];

/** [operator, words] that a source knows. */
export const operatorsOf = (source) => ({ header: VALUE, json: [['is_true', 'is true'], ...VALUE], body: TEXT }[source] ?? []);

export const takesValue = (operator) => !['exists', 'not_exists', 'is_true'].includes(operator);
export const takesProperty = (source) => source !== 'body';
export const propertyWords = { header: ['Header name', 'Content-Type'], json: ['jq expression', '.status'] };

/** A row whose source changes keeps its operator if the new source knows it. */
export function withSource(row, source) {
  const known = operatorsOf(source).some(([one]) => one === row.operator);
  return { ...row, source, operator: known ? row.operator : operatorsOf(source)[0][0] };
}

export const assertionsOf = (rows) => rows.map(({ source, property, operator, value }) => ({
  source, operator,
  property: takesProperty(source) ? property.trim() : '',
  value: takesValue(operator) ? value : '',
}));

const NUMBER = /^-?\d{1,15}(\.\d{1,9})?$/;

/** What is wrong with the first row that is wrong. */
export function checkAssertions(rows) {
  for (const { source, property, operator, value } of assertionsOf(rows)) {
    if (source === 'header' && !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(property)) return 'An assertion about a header needs the header’s name';
    if (source === 'json' && !property) return 'An assertion about JSON needs a jq expression, like .status';
    if (['greater_than', 'less_than'].includes(operator) && !NUMBER.test(value)) return 'Greater and less need a number';
    if (takesValue(operator) && !['equals', 'not_equals'].includes(operator) && !value) return 'An assertion needs a value to compare with';
  }
  return undefined;
}

/** "JSON .status equals ok" */
export function assertionWords({ source, property, operator, value }) {
  const [, name] = SOURCES.find(([one]) => one === source) ?? ['', source];
  const [, verb] = operatorsOf(source).find(([one]) => one === operator) ?? ['', operator];
  return [name, property, verb, takesValue(operator) ? `“${value}”` : ''].filter(Boolean).join(' ');
}
