"""Encoders against definitions written out one weight at a time."""

import numpy as np
import pytest
from format_2023 import bf16, decode_2023, encode_2023

from modelc.quantization import SCHEMES, to_bf16_bits

RANDOM = np.random.default_rng(3)
WEIGHTS = RANDOM.standard_normal((6, 96), np.float32)
WEIGHTS[1, :32] = 0
WEIGHTS[2, :32] = 1.5
WEIGHTS[3] *= 1e-3


def test_2023_decodes_what_an_independent_encoder_wrote():
    scheme = SCHEMES["q4f32_1-2023"]
    rows = [encode_2023(row) for row in WEIGHTS]
    arrays = {
        "q_weight": np.array([words for words, _ in rows], np.uint32),
        "q_scale": np.array([pairs for _, pairs in rows], np.uint32),
    }
    wanted = np.array([decode_2023(*row) for row in rows])
    np.testing.assert_allclose(scheme.decode(arrays), wanted, rtol=1e-6, atol=1e-7)


def test_2023_encodes_as_well_as_the_independent_encoder():
    scheme = SCHEMES["q4f32_1-2023"]
    own = np.abs(scheme.decode(scheme.encode(WEIGHTS)) - WEIGHTS)
    other = np.abs(np.array([decode_2023(*encode_2023(row)) for row in WEIGHTS]) - WEIGHTS)
    assert own.max() <= other.max() * 1.001 + 1e-7


def test_bf16_rounds_to_the_nearest_and_even():
    values = np.concatenate([RANDOM.standard_normal(200, np.float32), [1.00390625, 1.01171875, -2.5, 0.0]])
    assert to_bf16_bits(values.astype(np.float32)).tolist() == [bf16(float(np.float32(x))) for x in values]


@pytest.mark.parametrize("name", ["q4f32_1", "q4f16_1"])
def test_symmetric_weight_by_weight(name):
    scheme = SCHEMES[name]
    arrays = scheme.encode(WEIGHTS)
    for n in range(WEIGHTS.shape[0]):
        for k in range(WEIGHTS.shape[1]):
            q = int(arrays["q_weight"][n, k // 8]) >> k % 8 * 4 & 15
            scale = float(arrays["q_scale"][n, k // 32])
            assert q <= 14
            assert abs((q - 7) * scale - WEIGHTS[n, k]) <= scale * 0.501
            assert scheme.decode(arrays)[n, k] == pytest.approx((q - 7) * scale, rel=1e-6)


@pytest.mark.parametrize("scheme", SCHEMES.values(), ids=list(SCHEMES))
def test_encoding_twice_changes_nothing(scheme):
    once = scheme.decode(scheme.encode(WEIGHTS))
    twice = scheme.decode(scheme.encode(once))
    np.testing.assert_allclose(twice, once, rtol=2e-2 if "2023" in scheme.name else 1e-6, atol=2e-2)
