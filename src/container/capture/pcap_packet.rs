//! Tells what a packet of a capture carries: its network, its ends, and its content.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::container::bytes::Bytes;

pub const IPV4: u16 = 0x0800;

pub const IPV6: u16 = 0x86dd;

pub const TCP: u8 = 6;

pub const UDP: u8 = 17;

/// What a packet carries, if it is IP: the kind of it, and its bytes. Nothing at all
/// for an unknown link type.
pub fn network(link_type: u32, packet: &[u8]) -> Option<Option<&[u8]>> {
    let mut rest = Bytes(packet);
    Some(match link_type {
        // Loopback: the protocol family in four bytes of some order.
        0 | 108 => rest.take(4).map(|_| rest.0),
        1 => rest.take(12).and_then(|_| ethernet(rest)),
        12 | 14 | 101 | 228 | 229 => Some(rest.0),
        // Linux "cooked" captures.
        113 => rest.take(14).and_then(|_| ethernet(rest)),
        276 => {
            let kind = rest.u16_be();
            rest.take(18).and(kind).and_then(|kind| tagged(kind, rest))
        }
        _ => return None,
    })
}

/// What follows the type of an Ethernet frame.
pub fn ethernet(mut rest: Bytes<'_>) -> Option<&[u8]> {
    let kind = rest.u16_be()?;
    tagged(kind, rest)
}

/// The IP packet in a frame of this type, which may be tagged, or one of PPPoE.
pub fn tagged(mut kind: u16, mut rest: Bytes<'_>) -> Option<&[u8]> {
    const MOST_TAGS: u8 = 4;
    for _ in 0..MOST_TAGS {
        match kind {
            IPV4 | IPV6 => return Some(rest.0),
            0x8100 | 0x88a8 | 0x9100 => {
                rest.take(2)?;
                kind = rest.u16_be()?;
            }
            0x8864 => {
                rest.take(6)?;
                kind = match rest.u16_be()? {
                    0x0021 => IPV4,
                    0x0057 => IPV6,
                    _ => return None,
                };
            }
            _ => return None,
        }
    }
    None
}

/// What an IP packet carries.
pub struct IpPacket<'a> {
    pub from: IpAddr,
    pub to: IpAddr,
    pub protocol: u8,
    pub is_fragment: bool,
    pub payload: &'a [u8],
}

impl<'a> IpPacket<'a> {
    /// Reads a packet, and a packet in it if it is a tunnel's.
    pub fn read(bytes: &'a [u8]) -> Option<IpPacket<'a>> {
        const MOST_TUNNELS: u8 = 4;
        let mut bytes = bytes;
        for _ in 0..MOST_TUNNELS {
            let packet = match bytes.first()? >> 4 {
                4 => IpPacket::read_v4(bytes)?,
                6 => IpPacket::read_v6(bytes)?,
                _ => return None,
            };
            if !matches!(packet.protocol, 4 | 41) {
                return Some(packet);
            }
            bytes = packet.payload;
        }
        None
    }

    /// RFC 791.
    pub fn read_v4(bytes: &'a [u8]) -> Option<IpPacket<'a>> {
        let mut fields = Bytes(bytes);
        let header_length = usize::from(fields.u8()? & 15) * 4;
        fields.take(1)?;
        let length = usize::from(fields.u16_be()?);
        fields.take(2)?;
        let fragment = fields.u16_be()?;
        fields.take(1)?;
        let protocol = fields.u8()?;
        fields.take(2)?;
        let from = Ipv4Addr::from(fields.array::<4>()?);
        let to = Ipv4Addr::from(fields.array::<4>()?);
        // A frame may be filled up after the packet. A packet that the network card is
        // to cut has no length.
        let whole = bytes.get(..length).filter(|_| length > 0).unwrap_or(bytes);
        Some(IpPacket {
            from: from.into(),
            to: to.into(),
            protocol,
            is_fragment: fragment & 0x3fff != 0,
            payload: whole.get(header_length.max(20)..)?,
        })
    }

    /// RFC 8200.
    pub fn read_v6(bytes: &'a [u8]) -> Option<IpPacket<'a>> {
        const MOST_HEADERS: u8 = 8;
        let mut fields = Bytes(bytes);
        fields.take(4)?;
        let length = usize::from(fields.u16_be()?);
        let mut protocol = fields.u8()?;
        fields.take(1)?;
        let from = Ipv6Addr::from(fields.array::<16>()?);
        let to = Ipv6Addr::from(fields.array::<16>()?);
        let whole = fields.0.get(..length).filter(|_| length > 0);
        let mut rest = Bytes(whole.unwrap_or(fields.0));
        let mut is_fragment = false;
        for _ in 0..MOST_HEADERS {
            let size = match protocol {
                0 | 43 | 60 => |length: u8| usize::from(length) * 8 + 8,
                44 => |_: u8| 8,
                51 => |length: u8| usize::from(length) * 4 + 8,
                _ => break,
            };
            let mut header = rest;
            is_fragment |= protocol == 44;
            protocol = header.u8()?;
            let length = header.u8()?;
            rest.take(size(length))?;
        }
        Some(IpPacket {
            from: from.into(),
            to: to.into(),
            protocol,
            is_fragment,
            payload: rest.0,
        })
    }

    pub fn direction(&self, is_tcp: bool, ports: (u16, u16)) -> Direction {
        Direction {
            is_tcp,
            from: SocketAddr::new(self.from, ports.0),
            to: SocketAddr::new(self.to, ports.1),
        }
    }
}

/// A TCP segment (RFC 9293).
pub struct Segment<'a> {
    pub ports: (u16, u16),
    pub sequence: u32,
    /// It begins a connection, which counts as one byte.
    pub is_first: bool,
    pub content: &'a [u8],
}

impl<'a> Segment<'a> {
    pub fn read(bytes: &'a [u8]) -> Option<Segment<'a>> {
        const SYN: u8 = 2;
        let mut fields = Bytes(bytes);
        let ports = (fields.u16_be()?, fields.u16_be()?);
        let sequence = fields.u32_be()?;
        fields.take(4)?;
        let header_length = usize::from(fields.u8()? >> 4) * 4;
        let flags = fields.u8()?;
        Some(Segment {
            ports,
            sequence,
            is_first: flags & SYN != 0,
            content: bytes.get(header_length.max(20)..)?,
        })
    }
}

/// A direction between two programs.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Direction {
    pub is_tcp: bool,
    pub from: SocketAddr,
    pub to: SocketAddr,
}
