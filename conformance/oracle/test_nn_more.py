"""Layers, losses and functions of networks beyond a first course against PyTorch: attention, images, padding, lazy modules, margins."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from oracle import BACKENDS, Error, Row, case_id, cases, check, floats, host, ints
from test_nn import IMAGE, SIGNAL, build, compare

import agrad

VOLUME = floats(2, 4, 5, 6, 4)
X = floats(4, 3)


def pooled(t, unpool, pool, x):
    """Return what is pooled and put back."""
    found, places = getattr(t.nn, pool)(2, return_indices=True)(x)
    return getattr(t.nn, unpool)(2)(found, places)


MODULES = [
    *[
        (f"{kind}{axes}d", lambda t, n=f"{kind}{axes}d", a=args: getattr(t.nn, n)(*a), (x,))
        for axes, x in ((1, SIGNAL), (2, IMAGE), (3, VOLUME))
        for kind, args in (
            ("ConstantPad", ((2, 1) * axes, 3.5)),
            ("ZeroPad", (1,)),
            ("ReflectionPad", ((2, 1) * axes,)),
            ("ReplicationPad", (2,)),
            ("CircularPad", ((1, 2) * axes,)),
            ("InstanceNorm", (4,)),
            ("LPPool", (2, 2)),
            ("AdaptiveMaxPool", (3,)),
            ("ConvTranspose", (4, 3, 2, 2, 1)),
        )
    ],
    ("InstanceNorm2d with all", lambda t: t.nn.InstanceNorm2d(4, affine=True, track_running_stats=True), (IMAGE,)),
    ("InstanceNorm1d evaluated", lambda t: t.nn.InstanceNorm1d(4, track_running_stats=True).eval(), (SIGNAL,)),
    ("InstanceNorm1d unbatched", lambda t: t.nn.InstanceNorm1d(4), (floats(4, 9),)),
    ("RMSNorm", lambda t: t.nn.RMSNorm(8), (IMAGE,)),
    ("LocalResponseNorm", lambda t: t.nn.LocalResponseNorm(3, alpha=0.5, k=2.0), (IMAGE,)),
    ("AvgPool3d", lambda t: t.nn.AvgPool3d(2), (VOLUME,)),
    ("AvgPool3d ceil", lambda t: t.nn.AvgPool3d(3, 2, 1, True, False), (VOLUME,)),
    ("AdaptiveAvgPool3d", lambda t: t.nn.AdaptiveAvgPool3d((2, 3, None)), (VOLUME,)),
    ("AdaptiveAvgPool2d to 1", lambda t: t.nn.AdaptiveAvgPool2d(1), (IMAGE,)),
    ("AdaptiveMaxPool2d places", lambda t: t.nn.AdaptiveMaxPool2d((2, 3), return_indices=True), (IMAGE,)),
    ("Upsample", lambda t: t.nn.Upsample(scale_factor=2), (IMAGE,)),
    ("Upsample bilinear", lambda t: t.nn.Upsample(size=(3, 11), mode="bilinear"), (IMAGE,)),
    ("UpsamplingNearest2d", lambda t: t.nn.UpsamplingNearest2d(scale_factor=3), (IMAGE,)),
    ("UpsamplingBilinear2d", lambda t: t.nn.UpsamplingBilinear2d(scale_factor=2), (IMAGE,)),
    ("PixelShuffle", lambda t: t.nn.PixelShuffle(2), (IMAGE,)),
    ("PixelUnshuffle", lambda t: t.nn.PixelUnshuffle(3), (floats(2, 2, 6, 9),)),
    ("ChannelShuffle", lambda t: t.nn.ChannelShuffle(2), (IMAGE,)),
    ("Unfold", lambda t: t.nn.Unfold((2, 3), 2, 1, 2), (IMAGE,)),
    ("Fold", lambda t: t.nn.Fold((4, 5), (2, 2), padding=1, stride=2), (floats(2, 12, 9),)),
    ("Softmax2d", lambda t: t.nn.Softmax2d(), (IMAGE,)),
    ("RReLU evaluated", lambda t: t.nn.RReLU().eval(), (IMAGE,)),
    ("AlphaDropout evaluated", lambda t: t.nn.AlphaDropout(0.3).eval(), (IMAGE,)),
    ("FeatureAlphaDropout evaluated", lambda t: t.nn.FeatureAlphaDropout().eval(), (IMAGE,)),
    ("Dropout3d evaluated", lambda t: t.nn.Dropout3d().eval(), (VOLUME,)),
    ("Embedding sparse", lambda t: t.nn.Embedding(10, 3, None, 1.0, 2.0, False), (ints(2, 5, high=10),)),
    ("EmbeddingBag", lambda t: t.nn.EmbeddingBag(10, 3), (ints(2, 5, high=10),)),
    ("EmbeddingBag largest", lambda t: t.nn.EmbeddingBag(10, 3, mode="max"), (ints(7, high=10), np.array([0, 2, 2]))),
    ("EmbeddingBag padded", lambda t: t.nn.EmbeddingBag(5, 3, mode="sum", padding_idx=-1), (ints(3, 4, high=5),)),
    (
        "MultiheadAttention",
        lambda t: t.nn.MultiheadAttention(6, 2),
        (floats(3, 2, 6), floats(5, 2, 6), floats(5, 2, 6)),
    ),
    (
        "MultiheadAttention of others",
        lambda t: t.nn.MultiheadAttention(6, 3, kdim=4, vdim=5, batch_first=True, bias=False, add_zero_attn=True),
        (floats(2, 3, 6), floats(2, 5, 4), floats(2, 5, 5)),
    ),
    (
        "MultiheadAttention with a key more",
        lambda t: t.nn.MultiheadAttention(6, 2, add_bias_kv=True),
        (floats(3, 6), floats(5, 6), floats(5, 6)),
    ),
    ("TransformerEncoderLayer", lambda t: t.nn.TransformerEncoderLayer(6, 2, 7, dropout=0.0), (floats(3, 2, 6),)),
    (
        "TransformerEncoderLayer norm first",
        lambda t: t.nn.TransformerEncoderLayer(6, 2, 7, 0.0, "gelu", batch_first=True, norm_first=True),
        (floats(3, 2, 6),),
    ),
    (
        "TransformerDecoderLayer",
        lambda t: t.nn.TransformerDecoderLayer(6, 2, 7, dropout=0.0),
        (floats(3, 2, 6), floats(4, 2, 6)),
    ),
    (
        "Transformer",
        lambda t: t.nn.Transformer(6, 2, 2, 1, 7, dropout=0.0, norm_first=True),
        (floats(3, 2, 6), floats(4, 2, 6)),
    ),
    ("ModuleList of a kind", lambda t: t.nn.Sequential(t.nn.ReLU(), *[t.nn.Linear(3, 3)] * 2), (X,)),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("name", "make", "inputs"), MODULES, ids=[one[0] for one in MODULES])
@pytest.mark.filterwarnings("ignore:enable_nested_tensor is True")
def test_modules(name, make, inputs, backend):
    compare(name, make, inputs, backend)


LAZY = [
    ("Linear", lambda t: t.nn.LazyLinear(3), (4, 6)),
    ("Linear without bias", lambda t: t.nn.LazyLinear(3, bias=False), (4, 6)),
    ("Conv1d", lambda t: t.nn.LazyConv1d(3, 2), (2, 4, 9)),
    ("Conv2d", lambda t: t.nn.LazyConv2d(6, (3, 2), stride=2, groups=2), (2, 4, 7, 8)),
    ("Conv3d unbatched", lambda t: t.nn.LazyConv3d(3, 2), (4, 5, 6, 4)),
    ("ConvTranspose2d", lambda t: t.nn.LazyConvTranspose2d(3, 3, stride=2, output_padding=1), (2, 4, 7, 8)),
    ("BatchNorm1d", lambda t: t.nn.LazyBatchNorm1d(), (4, 6)),
    ("BatchNorm2d", lambda t: t.nn.LazyBatchNorm2d(affine=False), (2, 4, 7, 8)),
    ("InstanceNorm2d", lambda t: t.nn.LazyInstanceNorm2d(), (2, 4, 7, 8)),
]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("name", "make", "shape"), LAZY, ids=[one[0] for one in LAZY])
@pytest.mark.filterwarnings("ignore:Lazy modules are a new feature")
def test_lazy_modules(name, make, shape, backend):
    """The texts before and after, the sizes, and that the parameters stay the same objects."""

    def run(t):
        module = make(t)
        before, kept = repr(module), list(module.parameters())
        out = module(t.tensor(floats(*shape, dtype="float32")))
        sizes = {key: tuple(value.shape) for key, value in module.state_dict().items()}
        same = all(x is y for x, y in zip(kept, module.parameters(), strict=True))
        return before, repr(module), sizes, tuple(out.shape), same, [type(x).__name__ for x in module.parameters()]

    with agrad.use_backend(backend):
        assert run(agrad) == run(torch)


@pytest.mark.filterwarnings("ignore:Lazy modules are a new feature")
def test_a_lazy_network_learns():
    def run(t):
        net = t.nn.Sequential(t.nn.LazyLinear(3), t.nn.ReLU(), t.nn.LazyLinear(1))
        texts = [repr(net), repr(net[0].weight)]
        net(t.ones(2, 4))
        return [*texts, repr(net), [tuple(one.shape) for one in net.parameters()]]

    assert run(agrad) == run(torch)


Q, K, V = floats(2, 2, 3, 4), floats(2, 2, 5, 4), floats(2, 2, 5, 6)
ALLOWED = np.array([[True, False, True, True, False]] * 3)
CLASSES = np.array([1, 0, 2, 1])
LABELS = np.array([[1, -1, 0], [0, 2, -1], [2, 1, 0], [-1, 0, 1]])
LOGITS = floats(6, 2, 4)


def ctc(t, x, targets, input_lengths, target_lengths, **options):
    """The loss of logits."""
    f = t.nn.functional
    return f.ctc_loss(f.log_softmax(x, -1), t.tensor(targets), input_lengths, target_lengths, **options)


ROWS = [
    *[
        Row(
            f"interpolate {mode} {options}",
            lambda t, x, m=mode, o=options: t.nn.functional.interpolate(x, mode=m, **o),
            (x,),
        )
        for mode, x in (
            *((mode, x) for mode in ("nearest", "nearest-exact", "area") for x in (SIGNAL, IMAGE, VOLUME)),
            ("linear", SIGNAL),
            ("bilinear", IMAGE),
            ("bicubic", IMAGE),
            ("trilinear", VOLUME),
        )
        for options in (
            {"size": 3},
            {"size": 11},
            {"scale_factor": 1.7},
            {"scale_factor": 0.6, "recompute_scale_factor": True},
            *(({"size": 5, "align_corners": True}, {"size": 1, "align_corners": True}) if "linear" in mode else ()),
        )
    ],
    *[
        Row(
            f"grid_sample {mode} {padding} {corners}",
            lambda t, x, g, m=mode, p=padding, c=corners: t.nn.functional.grid_sample(
                x, g if m == "bilinear" else g.detach(), m, p, c
            ),
            (IMAGE, floats(2, 3, 4, 2, low=-1.3, high=1.3)),
        )
        for mode in ("bilinear", "nearest")
        for padding in ("zeros", "border")
        for corners in (True, False)
    ],
    Row("affine_grid", lambda t, x: t.nn.functional.affine_grid(x, (2, 3, 4, 5)), (floats(2, 2, 3),)),
    Row("affine_grid 3d", lambda t, x: t.nn.functional.affine_grid(x, (2, 3, 4, 5, 1), True), (floats(2, 3, 4),)),
    *[
        Row(
            f"fold of unfold {options}",
            lambda t, x, o=options: t.nn.functional.fold(t.nn.functional.unfold(x, *o), (7, 8), *o),
            (IMAGE,),
        )
        for options in ((2,), ((2, 3),), (2, 2), (2, 1, 1), (3, 1, 1, 2))
    ],
    *[
        Row(f"unpool {axes}d", lambda t, x, n=axes: pooled(t, f"MaxUnpool{n}d", f"MaxPool{n}d", x), (x,))
        for axes, x in ((1, SIGNAL), (2, IMAGE), (3, VOLUME))
    ],
    *[
        Row(f"{name} {options}", lambda t, x, n=name, o=options: getattr(t.nn.functional, n)(x, **o), (IMAGE,))
        for name, options in [
            ("relu", {"inplace": False}),
            ("leaky_relu", {"negative_slope": 0.2}),
            ("channel_shuffle", {"groups": 2}),
            ("instance_norm", {"eps": 0.1}),
            ("local_response_norm", {"size": 2}),
        ]
    ],
    *[
        Row(
            f"{name} in place",
            lambda t, x, n=name, o=options: changed(t, n, x, o),
            (IMAGE,),
        )
        for name, options in [
            ("relu", {}),
            ("relu6", {}),
            ("leaky_relu", {"negative_slope": 0.2}),
            ("elu", {}),
            ("selu", {}),
            ("celu", {}),
            ("silu", {}),
            ("mish", {}),
            ("hardtanh", {}),
            ("hardswish", {}),
            ("threshold", {"threshold": 0.1, "value": 2.0}),
            ("dropout", {"p": 1.0}),
        ]
    ],
    Row(
        "sigmoid's logarithm at 0 and far away",
        lambda t, x: t.nn.functional.logsigmoid(x),
        (np.array([0.0, -0.0, 800.0, -800.0, 1.0]),),
        # PyTorch's is -0.0 + 0.0 there
        rtol=1e-14,
    ),
    Row("attention", lambda t, q, k, v: t.nn.functional.scaled_dot_product_attention(q, k, v), (Q, K, V)),
    Row(
        "attention causal",
        lambda t, q, k, v: t.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True),
        (Q, K, V),
    ),
    Row(
        "attention allowed",
        lambda t, q, k, v, m: t.nn.functional.scaled_dot_product_attention(q, k, v, m),
        (Q, K, V, ALLOWED),
    ),
    Row(
        "attention moved",
        lambda t, q, k, v, m: t.nn.functional.scaled_dot_product_attention(q, k, v, m, scale=0.3),
        (Q, K, V, floats(3, 5)),
    ),
    Row(
        "heads shared",
        lambda t, q, k, v: t.nn.functional.scaled_dot_product_attention(q, k, v, enable_gqa=True),
        (floats(2, 4, 3, 4), K, V),
    ),
    *[
        Row(
            f"multi_margin_loss {options}",
            lambda t, x, y, o=options: t.nn.functional.multi_margin_loss(x, y, **o),
            (X, CLASSES),
        )
        for options in ({}, {"p": 2}, {"margin": 0.3}, {"reduction": "none"}, {"reduction": "sum"})
    ],
    *[
        Row(
            f"multilabel_margin_loss {reduction}",
            lambda t, x, y, r=reduction: t.nn.functional.multilabel_margin_loss(x, y, reduction=r),
            (X, LABELS),
        )
        for reduction in ("mean", "none")
    ],
    Row(
        "multilabel_soft_margin_loss",
        lambda t, x, w: t.nn.functional.multilabel_soft_margin_loss(x, (x > 0).to(x.dtype), w.detach()),
        (X, floats(3, low=0.1)),
    ),
    Row(
        "triplets with a distance",
        lambda t, x, y, z: t.nn.functional.triplet_margin_with_distance_loss(
            x, y, z, distance_function=lambda p, q: (p - q).abs().sum(-1), margin=0.5, swap=True
        ),
        (X, floats(4, 3, seed=1), floats(4, 3, seed=2)),
    ),
    *[
        Row(f"ctc_loss {name}", run, (LOGITS,))
        for name, run in [
            ("mean", lambda t, x: ctc(t, x, [[1, 2, 2], [3, 1, 0]], (6, 5), (3, 2))),
            ("none", lambda t, x: ctc(t, x, [[1, 2, 2], [3, 1, 0]], (6, 5), (3, 2), reduction="none")),
            ("in a row", lambda t, x: ctc(t, x, [1, 2, 2, 3, 1], t.tensor([6, 5]), t.tensor([3, 2]))),
            ("one without labels", lambda t, x: ctc(t, x, [[1, 2], [3, 1]], (6, 6), (0, 2))),
            ("another blank", lambda t, x: ctc(t, x, [[1, 2], [0, 1]], (6, 6), (2, 2), blank=3, reduction="sum")),
            (
                "too short",
                lambda t, x: ctc(t, x[:2], [[1, 2, 2], [3, 1, 0]], (2, 2), (3, 1), zero_infinity=True),
            ),
        ]
    ],
]


def changed(t, name, x, options):
    """Return a copy that a function has written its result into, and whether it is the one returned."""
    copy = x * 1.0
    result = getattr(t.nn.functional, name)(copy, inplace=True, **options)
    return copy, result is copy


ERRORS = [
    Error(
        "interpolate nothing",
        lambda t: t.nn.functional.interpolate(t.ones(1, 1, 2)),
        "either size or scale_factor should be defined",
    ),
    Error(
        "interpolate corners",
        lambda t: t.nn.functional.interpolate(t.ones(1, 1, 2), size=2, align_corners=True),
        "align_corners option can only be set with the interpolating modes",
    ),
    Error(
        "pixel_shuffle",
        lambda t: t.nn.functional.pixel_shuffle(t.ones(1, 3, 2, 2), 2),
        "to be divisible by the square of upscale_factor",
    ),
    Error(
        "instance_norm of one",
        lambda t: t.nn.InstanceNorm1d(2)(t.ones(1, 2, 1)),
        "Expected more than 1 spatial element when training",
    ),
    Error("heads", lambda t: t.nn.MultiheadAttention(5, 2), "embed_dim must be divisible by num_heads"),
    Error("margins", lambda t: t.nn.MultiMarginLoss(p=3), "only p == 1 and p == 2 supported"),
]


@pytest.mark.parametrize(("row", "backend"), cases(ROWS + ERRORS), ids=case_id)
def test_functions(row, backend):
    check(row, backend)


NODES = [
    ("linear", lambda t, x: t.nn.functional.linear(x[0, 0], t.ones(3, 8), t.ones(3))),
    ("linear of many", lambda t, x: t.nn.functional.linear(x, t.ones(3, 8), t.ones(3))),
    ("conv2d", lambda t, x: t.nn.functional.conv2d(x, t.ones(3, 4, 2, 2), t.ones(3))),
    ("batch_norm", lambda t, x: t.nn.functional.batch_norm(x, t.zeros(4), t.ones(4), training=True)),
    ("layer_norm", lambda t, x: t.nn.functional.layer_norm(x, (8,))),
    ("group_norm", lambda t, x: t.nn.functional.group_norm(x, 2)),
    ("embedding", lambda t, x: t.nn.functional.embedding(t.tensor([0, 1]), x[0, 0])),
    ("max_pool2d", lambda t, x: t.nn.functional.max_pool2d(x, 2)),
    ("avg_pool2d", lambda t, x: t.nn.functional.avg_pool2d(x, 2)),
    ("adaptive_avg_pool2d", lambda t, x: t.nn.functional.adaptive_avg_pool2d(x, 2)),
    ("mean of all", lambda t, x: t.nn.functional.adaptive_avg_pool2d(x, 1)),
    *[
        (name, lambda t, x, n=name: getattr(t.nn.functional, n)(x))
        for name in (
            *("relu", "relu6", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "softplus", "hardtanh"),
            *("hardsigmoid", "hardswish", "logsigmoid", "softshrink", "hardshrink", "tanhshrink", "glu", "rrelu"),
        )
    ],
    *[
        (
            f"{name} {reduction}",
            lambda t, x, n=name, r=reduction: getattr(t.nn.functional, n)(x, x.detach(), reduction=r),
        )
        for name in ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy_with_logits")
        for reduction in ("mean", "none")
    ],
    ("cross_entropy", lambda t, x: t.nn.functional.cross_entropy(x[0, 0, :3], t.tensor([0, 1, 2]))),
]


@pytest.mark.parametrize(("name", "run"), NODES, ids=[one[0] for one in NODES])
def test_nodes_have_the_names_that_are_printed(name, run):
    def shown(t):
        return run(t, t.ones(2, 4, 6, 8, requires_grad=True)).grad_fn.name()

    assert shown(agrad) == shown(torch)


@pytest.mark.parametrize("backend", BACKENDS)
def test_masks_of_attention(backend):
    """True forbids; what may look nowhere sees nothing; the weights of heads and their mean."""
    query, other = floats(3, 2, 6), floats(5, 2, 6)
    padding = np.array([[False] * 4 + [True], [False] * 5])
    mask = np.triu(np.ones((3, 5), dtype=bool), 2)

    def run(t):
        t.manual_seed(0)
        module = build(t, lambda m: m.nn.MultiheadAttention(6, 2))
        with t.no_grad():
            for index, one in enumerate(module.parameters()):
                one.copy_(t.tensor(floats(*one.shape, seed=index)))
        q, k = t.tensor(query), t.tensor(other)
        found = [
            module(q, k, k, key_padding_mask=t.tensor(padding)),
            module(q, k, k, attn_mask=t.tensor(mask), average_attn_weights=False),
            module(q, k, k, t.tensor(padding), True, t.tensor(mask)),
        ]
        return [host(one) for pair in found for one in pair]

    with agrad.use_backend(backend):
        for ours, theirs in zip(run(agrad), run(torch), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("backend", BACKENDS)
def test_dropped_elements_keep_mean_and_variance(backend):
    with agrad.use_backend(backend):
        agrad.manual_seed(0)
        x = agrad.randn(40000)
        dropped = agrad.nn.functional.alpha_dropout(x, 0.3, training=True)
        # five standard errors
        assert abs(float(dropped.mean())) < 5 / 200
        assert abs(float(dropped.var()) - 1) < 5 * 2 / 200
        whole = agrad.nn.functional.feature_alpha_dropout(agrad.ones(50, 20, 6), 0.5, training=True)
        assert bool((whole == whole[:, :, :1]).all())


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_parameter_whose_data_are_replaced_is_one(backend):
    def run(t):
        layer = t.nn.Linear(2, 2)
        layer.weight.data = t.ones(2, 2)
        layer.weight.data -= 0.5 * t.ones(2, 2)
        layer.weight.data = layer.weight.data.t()
        return str(layer.weight), type(layer.weight).__name__, len(list(layer.parameters()))

    with agrad.use_backend(backend):
        assert run(agrad) == run(torch)


@pytest.mark.filterwarnings("ignore:size_average and reduce args")
def test_reductions_of_older_programs():
    """size_average and reduce, by name and by place."""

    def run(t):
        x, y = t.arange(6.0).reshape(2, 3), t.ones(2, 3)
        nn = t.nn
        return [
            nn.MSELoss(size_average=False)(x, y).tolist(),
            nn.MSELoss(reduce=False)(x, y).tolist(),
            nn.L1Loss(True)(x, y).tolist(),
            nn.MSELoss(None, None, "sum")(x, y).tolist(),
            nn.NLLLoss(None, False, 0)(x, t.tensor([0, 2])).tolist(),
            round(nn.CrossEntropyLoss(None, False)(x, t.tensor([0, 2])).item(), 4),
            round(nn.BCEWithLogitsLoss(None, None, None, "sum")(x, y).item(), 4),
        ]

    assert run(agrad) == run(torch)
