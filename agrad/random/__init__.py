"""Random numbers that are the same on every backend and device: Philox4x64-10, counter-based.

A number is a function of the generator's key, the count of draws before it and its place in the array, and of nothing
else: no backend, device, chunking or shape comes into it. Bits, integers, permutations, Bernoulli draws and uniforms
are equal bit for bit everywhere; float32 normals too, but for about one in 10^8 where two mathematical libraries
round a float64 differently; float64 normals, exponential and gamma draws agree within a few units in the last place.

JAX without 64-bit mode has neither uint64 nor float64. It draws the same bits, integers, permutations, Bernoulli
numbers and uniforms on [0, 1); uniforms on other intervals differ by a rounding, and float32 normals by about 1e-6.

- :mod:`agrad.random.philox`: the generator itself, written on the Array API standard.
- :mod:`agrad.random.words`: where distributions get their 64-bit words.
- :mod:`agrad.random.generator`: seed, key, count of draws.
- :mod:`agrad.random.distributions`: from words to numbers, on raw arrays.
- :mod:`agrad.random.samplers`: those that reject and try again.

PyTorch's functions over these are in :mod:`agrad.torch_api.random`.
"""

from agrad.random.generator import (
    Generator,
    GeneratorState,
    default_generator,
    fork_rng,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_default_generator,
    set_rng_state,
    use_generator,
)

__all__ = [
    "Generator",
    "GeneratorState",
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_default_generator",
    "set_rng_state",
    "use_generator",
]


def __dir__() -> list[str]:
    return list(__all__)
