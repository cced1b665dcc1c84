/** Elementwise arithmetic with broadcasting. */
import { dataTypeOf } from '../../onnx/tensors.ts';
import { broadcastShapes } from '../broadcast.ts';
import { type Attributes, defineOp, describeShapes, type GradientRule, sameType } from '../define-op.ts';
import { constant, type Value } from '../value.ts';

/** A value, or a number that stands for a float32 scalar. */
export type Operand = Value | number;

const asValue = (operand: Operand): Value => (typeof operand === 'number' ? constant(operand) : operand);

/** Declares `y = f(x)`, with the gradient `dy * derivative(x, y)`, or none for steps. */
function unary(type: string, derivative: ((x: Value, y: Value) => Operand) | null): (x: Operand) => Value {
  const apply = defineOp<Attributes>(type, {
    lazy: true,
    infer: ([x]) => ({ shape: (x as Value).shape, dtype: (x as Value).dtype }),
    gradient:
      derivative && (({ inputs: [x], output, gradient }) => [multiply(gradient, derivative(x as Value, output))]),
  });
  return (x) => apply([asValue(x)], {});
}

/** 1 where x > 0, otherwise 0: `min(max(slope x, 0), 1)`, in one pass where a comparison and a cast take two. */
const isPositive = (x: Value): Value => applyHardSigmoid([x], {});

const applyHardSigmoid = defineOp<Attributes>('HardSigmoid', {
  infer: ([x]) => ({ shape: (x as Value).shape, dtype: (x as Value).dtype }),
  gradient: null,
  // So steep that every normal number above 0 reaches 1.
  encode: () => ({ attributes: { alpha: { float: 3e38 }, beta: { float: 0 } } }),
});

/** Declares a broadcasting `y = f(a, b)`. */
function binary(type: string, gradient: GradientRule<Attributes>): (a: Operand, b: Operand) => Value {
  const apply = defineOp<Attributes>(type, {
    lazy: true,
    infer(inputs, _, fail) {
      const dtype = sameType(inputs, fail);
      const shape = broadcastShapes(...inputs.map((value) => value.shape));
      return { shape: shape ?? fail('shapes that broadcast', describeShapes(inputs)), dtype };
    },
    gradient,
  });
  return (a, b) => apply([asValue(a), asValue(b)], {});
}

/** The two operands and the incoming gradient of a binary op. */
function pair(context: { inputs: readonly Value[]; gradient: Value }): [a: Value, b: Value, dy: Value] {
  return [context.inputs[0] as Value, context.inputs[1] as Value, context.gradient];
}

/** `a + b`. */
export const add = binary('Add', ({ gradient }) => [gradient, gradient]);

/** `a - b`. */
export const subtract = binary('Sub', ({ gradient, wanted }) => [gradient, wanted[1] ? negate(gradient) : null]);

/** `a * b`. */
export const multiply = binary('Mul', (context) => {
  const [a, b, dy] = pair(context);
  return [context.wanted[0] ? multiply(dy, b) : null, context.wanted[1] ? multiply(dy, a) : null];
});

/** `a / b`. */
export const divide = binary('Div', (context) => {
  const [, b, dy] = pair(context);
  const da = divide(dy, b);
  return [da, context.wanted[1] ? negate(multiply(da, context.output)) : null];
});

/** `a` to the power of `b`; the gradient with respect to `b` needs `a > 0`. */
export const power = binary('Pow', (context) => {
  const [a, b, dy] = pair(context);
  return [
    context.wanted[0] ? multiply(dy, multiply(b, power(a, subtract(b, 1)))) : null,
    context.wanted[1] ? multiply(dy, multiply(context.output, log(a))) : null,
  ];
});

/** The larger of `a` and `b`; where they are equal the gradient goes to `a`. */
export const maximum = binary('Max', (context) => {
  const [a, b, dy] = pair(context);
  const first = cast(not(less(a, b)), 'float32');
  return [multiply(dy, first), context.wanted[1] ? multiply(dy, subtract(1, first)) : null];
});

/** The smaller of `a` and `b`; where they are equal the gradient goes to `a`. */
export const minimum = binary('Min', (context) => {
  const [a, b, dy] = pair(context);
  const first = cast(not(less(b, a)), 'float32');
  return [multiply(dy, first), context.wanted[1] ? multiply(dy, subtract(1, first)) : null];
});

/** `-x`. */
export const negate = unary('Neg', () => -1);
/** `e^x`. */
export const exp = unary('Exp', (_, y) => y);
/** Natural logarithm. */
export const log = unary('Log', (x) => reciprocal(x));
/** Square root. */
export const sqrt = unary('Sqrt', (_, y) => divide(0.5, y));
/** `1 / x`. */
export const reciprocal = unary('Reciprocal', (_, y) => negate(multiply(y, y)));
/** Hyperbolic tangent. */
export const tanh = unary('Tanh', (_, y) => subtract(1, multiply(y, y)));
/** Logistic function `1 / (1 + e^-x)`. */
export const sigmoid = unary('Sigmoid', (_, y) => multiply(y, subtract(1, y)));
/** `max(x, 0)`; the gradient at 0 is 0. */
export const relu = unary('Relu', (_, y) => isPositive(y));
/** `|x|`; the gradient at 0 is 0. */
export const absolute = unary('Abs', (x) => sign(x));
/** -1, 0 or 1; its gradient is 0. */
export const sign = unary('Sign', null);
/** Sine. */
export const sin = unary('Sin', (x) => cos(x));
/** Cosine. */
export const cos = unary('Cos', (x) => negate(sin(x)));
/** The error function; its derivative is `2 / sqrt(pi) * e^(-x^2)`. */
export const erf = unary('Erf', (x) => multiply(2 / Math.sqrt(Math.PI), exp(negate(multiply(x, x)))));
/** Largest whole number not above x; its gradient is 0. */
export const floor = unary('Floor', null);

function comparison(type: string): (a: Operand, b: Operand) => Value {
  const apply = defineOp<Attributes>(type, {
    infer(inputs, _, fail) {
      sameType(inputs, fail);
      const shape = broadcastShapes(...inputs.map((value) => value.shape));
      return { shape: shape ?? fail('shapes that broadcast', describeShapes(inputs)), dtype: 'bool' };
    },
    gradient: null,
  });
  return (a, b) => apply([asValue(a), asValue(b)], {});
}

/** Whether `a` equals `b`, as bool. */
export const equal = comparison('Equal');
/** Whether `a > b`, as bool. */
export const greater = comparison('Greater');
/** Whether `a < b`, as bool. */
export const less = comparison('Less');
/** Whether both bools are true. */
export const and = comparison('And');
/** Whether one of two bools is true. */
export const or = comparison('Or');

const applyNot = defineOp<Attributes>('Not', {
  infer: ([x]) => ({ shape: (x as Value).shape, dtype: 'bool' }),
  gradient: null,
});
/** The opposite of a bool. */
export const not = (x: Value): Value => applyNot([x], {});

const applyCast = defineOp<{ readonly dtype: Value['dtype'] }>('Cast', {
  infer: ([x], { dtype }) => ({ shape: (x as Value).shape, dtype }),
  gradient({ inputs: [x], gradient }) {
    const from = (x as Value).dtype;
    return [from === 'float32' || from === 'float16' ? cast(gradient, from) : null];
  },
  encode: ({ dtype }) => ({ attributes: { to: dataTypeOf[dtype] } }),
});
/** Converts the element type; gradients flow between floating types only. */
export function cast(x: Value, dtype: Value['dtype']): Value {
  return x.dtype === dtype ? x : applyCast([x], { dtype });
}

const applyWhere = defineOp<Attributes>('Where', {
  infer(inputs, _, fail) {
    const [condition, ...rest] = inputs as [Value, Value, Value];
    if (condition.dtype !== 'bool') fail('a bool condition', condition.dtype);
    const shape = broadcastShapes(...inputs.map((value) => value.shape));
    return { shape: shape ?? fail('shapes that broadcast', describeShapes(inputs)), dtype: sameType(rest, fail) };
  },
  gradient({ inputs: [condition], gradient, wanted }) {
    const zero = constant(0);
    return [
      null,
      wanted[1] ? where(condition as Value, gradient, zero) : null,
      wanted[2] ? where(condition as Value, zero, gradient) : null,
    ];
  },
});
/** `a` where the condition holds, `b` elsewhere. */
export const where = (condition: Value, a: Operand, b: Operand): Value =>
  applyWhere([condition, asValue(a), asValue(b)], {});

const applyIdentity = defineOp<Attributes>('Identity', {
  infer: ([x]) => ({ shape: (x as Value).shape, dtype: (x as Value).dtype }),
  gradient: null,
});
/** The same numbers, through which no gradient flows. */
export const stopGradient = (x: Value): Value => applyIdentity([x], {});
